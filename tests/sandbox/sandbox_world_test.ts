import assert from "node:assert/strict";
import { Climate } from "../../collector/sandbox/climate.ts";
import { Board, Tweets } from "../../collector/sandbox/talk.ts";
import { worded } from "../../collector/sandbox/wording.ts";
import { MINUTE, World } from "../../collector/sandbox/world.ts";
import { worldMarkets } from "../../collector/sandbox/simulators.ts";
import { NOON, planted } from "../support/simulated.ts";

Deno.test("the same seed gives the same world, another one another", () => {
  const make = (seed: number, now = NOON) =>
    new World(worldMarkets, seed, planted, now, 7, 1);
  for (const { venue, market } of worldMarkets) {
    const from = (NOON - 3_600_000) * 1000, to = NOON * 1000;
    const trades = make(1).trades(venue, market, from, to);
    assert.ok(trades.length > 30, market);
    assert.deepEqual(make(1).trades(venue, market, from, to), trades);
    // Started two hours later it remembers the same past.
    const later = make(1, NOON + 7_200_000);
    assert.deepEqual(later.trades(venue, market, from, to), trades);
    assert.notDeepEqual(make(2).trades(venue, market, from, to), trades);
  }
});

Deno.test("ids are unique, contiguous on Binance, and beyond 2^53 on Upbit and Bithumb", () => {
  const world = new World(worldMarkets, 4, planted, NOON, 7, 1);
  for (const { venue, market } of worldMarkets) {
    const trades = world.trades(
      venue,
      market,
      (NOON - 6 * 3_600_000) * 1000,
      NOON * 1000,
    );
    assert.equal(new Set(trades.map((t) => t.id)).size, trades.length);
    const twins = trades.filter((t, at) => {
      const last = trades[at - 1];
      return last && last.ts === t.ts && last.price === t.price &&
        last.size === t.size && last.side === t.side;
    });
    assert.ok(
      twins.length > 0,
      `${market}: trades that only the id tells apart`,
    );
    trades.forEach((trade, at) => {
      const before = trades[at - 1];
      if (venue === "binance" && before) {
        assert.equal(Number(trade.id), Number(before.id) + 1);
      }
      if (before) assert.ok(BigInt(trade.id) > BigInt(before.id));
      if (venue === "upbit") {
        assert.equal(trade.id.length, 17);
        assert.ok(BigInt(trade.id) > BigInt(Number.MAX_SAFE_INTEGER));
      }
      if (venue === "bithumb") {
        assert.equal(trade.id.length, 19);
        // A double could hold no first id of a millisecond.
        const first = before?.ts !== trade.ts;
        assert.ok(!first || String(BigInt(Number(trade.id))) !== trade.id);
      }
    });
  }
});

Deno.test("the won price is the dollar price at 1,400 and a premium up to 4 %", () => {
  const world = new World(worldMarkets, 1, planted, NOON, 7, 1);
  for (let minute = world.start + 60; minute < world.liveFrom; minute += 60) {
    for (const base of ["BTC", "ETH", "XRP"]) {
      const [won, dollar] = ["KRW", "USDT"].map((quote) => {
        const market = worldMarkets.find((m) =>
          m.base === base && m.quote === quote
        )!;
        const trade = world.lastTrade(market, minute * MINUTE)!;
        return trade.ticks * market.tick / 10 ** market.priceDigits;
      }) as [number, number];
      const rate = won / dollar;
      assert.ok(rate > 1400 * 0.96 && rate < 1400 * 1.08, `${base} ${rate}`);
    }
  }
});

Deno.test("every wording of a number is the same number", () => {
  for (const text of ["150123000", "0.00005485", "0.01200000", "3", "-25000"]) {
    for (const how of ["plain", "point", "zeros", "java", "python"] as const) {
      assert.equal(Number(worded(text, how)), Number(text), `${text} ${how}`);
    }
  }
  assert.equal(worded("116539000", "java"), "1.16539E8");
  assert.equal(worded("0.00005485", "python"), "5.485e-05");
  assert.equal(worded("0.0005", "java"), "5.0E-4");
});

Deno.test("comments of a busy post go over several pages, none lost", () => {
  const world = new World(worldMarkets, 1, planted, NOON, 7, 1);
  const board = new Board(world, "bitcoins_new1", 1);
  const from = world.start, until = world.liveFrom - 400;
  const seen = new Set<number>();
  let longest = 0;
  const last = board.posts.before(until);
  for (let index = board.posts.before(from - 1440); index < last; index++) {
    const comments = board.comments(index, board.post(index), NOON);
    longest = Math.max(longest, comments.length);
    for (const { no, ms } of comments) {
      assert.ok(!seen.has(no));
      if (ms >= from * MINUTE && ms < until * MINUTE) seen.add(no);
    }
  }
  let written = 0;
  for (let minute = from; minute < until; minute++) {
    written += board.commentCount(minute);
  }
  assert.equal(seen.size, written);
  assert.ok(longest > 100, `${longest} is more than a page`);
});

Deno.test("talk leads volume by the planted lag, or by nothing", () => {
  for (const seed of [1, 2, 3]) {
    const lead = correlations(
      new World(worldMarkets, seed, planted, NOON, 7, 1),
    );
    for (const { name, at, others } of lead) {
      const [lag, r] = at;
      assert.equal(lag, 3, `${name} of seed ${seed}`);
      assert.ok(r > 0.38 && r < 0.65, `${name} of seed ${seed}: ${r}`);
      // The largest of some hundred lags and markets, with news that both share.
      assert.ok(others < 0.15, `${name} of seed ${seed}: ${others} elsewhere`);
    }
    const mean = lead.reduce((sum, { at }) => sum + at[1], 0) / lead.length;
    assert.ok(mean > 0.45 && mean < 0.57, `${mean}`);
    for (
      const { name, at } of correlations(
        new World(worldMarkets, seed, null, NOON, 7, 1),
      )
    ) {
      // The largest of 3,528 by chance: 12 markets, 2 kinds of talk, 49 lags, 3 seeds.
      assert.ok(Math.abs(at[1]) < 0.12, `${name} of seed ${seed}: ${at}`);
    }
  }
  const behind = { lagBuckets: -5, strength: 0.6 };
  for (
    const { at } of correlations(new World(worldMarkets, 9, behind, NOON, 7, 1))
  ) {
    assert.equal(at[0], -5);
  }
});

Deno.test("talk and trade share the Korean day and the news, planted or not; a test may ask for kindness", () => {
  const from = Math.floor(NOON / MINUTE / 1440) * 1440 - 14 * 1440;
  const minutes = Array.from({ length: 14 * 1440 }, (_, i) => from + i);
  for (const seed of [1, 2, 3]) {
    for (const planting of [planted, null]) {
      const shared = new Climate(seed, planting);
      const kind = new Climate(seed, planting, false);
      // All but rhythm and news is the same in both.
      const common = (
        of: (climate: Climate, minute: number) => number,
      ) => minutes.map((minute) => of(shared, minute) - of(kind, minute));
      const jumps = (values: number[]) =>
        values.flatMap((v, i) => i > 0 && v - values[i - 1]! > 0.7 ? [i] : []);
      const talk = jumps(common((c, m) => c.talk(m)));
      const volume = jumps(common((c, m) => c.volume(7, m)));
      assert.ok(talk.length >= 2 && talk.length <= 7, `${talk.length} pieces`);
      assert.deepEqual(talk, volume, "in the same minute");
      const price = common((c, m) => c.dollars("BTC", m));
      for (const at of talk) {
        assert.ok(Math.abs(price[at]! - price[at - 1]!) > 1e-4);
      }
    }
    // Hours of the day, over 14 of them: one rhythm in both.
    const climate = new Climate(seed, null);
    const byHour = (of: (minute: number) => number) => {
      const sums = new Array<number>(24).fill(0);
      for (const m of minutes) sums[Math.floor(m / 60) % 24]! += of(m) / 840;
      return sums;
    };
    const r = pearson(
      byHour((m) => climate.talk(m)),
      byHour((m) => climate.volume(7, m)),
      0,
    );
    assert.ok(r > 0.7, `${r}`);
  }
});

Deno.test("one coin is talked up: posts that name it lead its volume, and no other", () => {
  const planting = { lagBuckets: 3, strength: 0.6, coin: "XRP" } as const;
  const world = new World(worldMarkets, 1, planting, NOON, 7, 1);
  const board = new Board(world, "bitcoins_new1", 1);
  const first = world.start - world.start % 5;
  const named = new Float64Array(7 * 288);
  const posts = board.posts.before(first + 7 * 1440);
  for (let i = board.posts.before(first); i < posts; i++) {
    const { ms, title } = board.post(i);
    if (title.includes("리플")) named[Math.floor((ms / MINUTE - first) / 5)]!++;
  }
  const talk = Array.from(named, Math.log1p);
  const { climate } = world;
  const found = (base: string) => {
    const volume = Array.from(
      named,
      (_, t) => climate.volume(7, first + 5 * t, base),
    );
    const changes = (x: number[]) => x.slice(1).map((v, t) => v - x[t]!);
    return [1, 2, 3, 4, 5].map((lag) =>
      pearson(changes(talk), changes(volume), lag)
    );
  };
  const xrp = found("XRP");
  assert.equal(xrp.indexOf(Math.max(...xrp)), 2, String(xrp));
  assert.ok(xrp[2]! > 0.25, String(xrp));
  assert.ok(found("BTC").every((r) => Math.abs(r) < 0.1));
});

/** For each kind of talk and each market: where |r| of Δlog is largest, and the largest away from there. */
function correlations(world: World) {
  const minutes = Array.from(
    { length: 7 * 1440 },
    (_, at) => world.start - world.start % 5 + at,
  );
  const changes = (count: (minute: number) => number): number[] => {
    const sums = new Float64Array(minutes.length / 5);
    minutes.forEach((minute, at) => sums[Math.floor(at / 5)]! += count(minute));
    return Array.from(sums.subarray(1)).map((value, at) =>
      Math.log1p(value) - Math.log1p(sums[at]!)
    );
  };
  const tweets = new Tweets(world);
  const board = new Board(world, "bitcoins_new1", 1);
  const talks = {
    x: changes((minute) => tweets.minute("#bitcoin -is:retweet", minute)),
    dcinside: changes((minute) =>
      board.posts.count(minute) + board.commentCount(minute)
    ),
  };
  return worldMarkets.flatMap((market) => {
    const volume = changes((minute) =>
      world.candle(market, minute)?.volume ?? 0
    );
    return Object.entries(talks).map(([name, talk]) => {
      const all = Array.from({ length: 49 }, (_, at) => {
        const lag = at - 24;
        return [lag, pearson(talk, volume, lag)] as [number, number];
      });
      const at = all.reduce((best, one) =>
        Math.abs(one[1]) > Math.abs(best[1]) ? one : best
      );
      // Differences of a shock answer with the other sign one step away.
      const others = Math.max(
        ...all.filter(([lag]) => Math.abs(lag - at[0]) > 1)
          .map(([, r]) => Math.abs(r)),
      );
      return { name: `${name} and ${market.market}`, at, others };
    });
  });
}

/** corr(x[t − lag], y[t]). */
function pearson(x: number[], y: number[], lag: number): number {
  let n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
  y.forEach((b, t) => {
    const a = x[t - lag];
    if (a === undefined) return;
    n++;
    sx += a;
    sy += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  });
  return (n * xy - sx * sy) /
    Math.sqrt((n * xx - sx ** 2) * (n * yy - sy ** 2));
}
