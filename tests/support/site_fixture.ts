/** A site over made-up data: lake → marts → pages, through the tasks' own code. */
import { analyze } from "../../analytics/analyze.ts";
import { fillLake } from "../bench/fill_lake.ts";
import { madeOnce, OF_THIS_RUN } from "./made_once.ts";
import { runTask } from "./run_task.ts";

/** Two trades that a double cannot tell apart. */
export const NEIGHBOURS = ["9007199254740992", "9007199254740993"] as const;

const MARKETS = `(values
  ('upbit', 'KRW-BTC', 'BTC', 'KRW', '비트코인', 'Bitcoin', 158000000::double, 0, 0.9::double),
  ('upbit', 'KRW-XRP', 'XRP', 'KRW', '엑스알피(리플)', 'XRP', 3512.0, 1, 90000.0),
  ('binance', 'BTCUSDT', 'BTC', 'USDT', null, null, 112345.67, 2, 1.4)
) m(venue, market, base, quote, korean_name, english_name, p0, dg, v0)`;

/** Fills `data` with a lake that ends at this minute, and makes its marts. */
export async function makeMarts(data: string): Promise<void> {
  // No randomness: hash() gives the same series in every run.
  const minutes = `generate_series(
    date_trunc('minute', now()) - interval 3 day,
    date_trunc('minute', now()) - interval 1 minute, interval 1 minute) t(ts)`;
  const noise = (salt: string) =>
    `(hash(market, epoch(ts), '${salt}') % 1000)::double / 1000`;
  await fillLake(
    data,
    "markets",
    `select venue, market, base, quote, korean_name, english_name, true as active,
       now() - interval 3 day as first_seen, now() as last_seen from ${MARKETS}`,
  );
  await fillLake(
    data,
    "candles",
    `with walk as (
       select venue, market, m.ts, dg, v0, p0 * exp(0.01 * sin(epoch(ts) / 20000)
         + 0.0008 * sum(${noise("r")} - 0.5) over (
           partition by venue, market order by ts)) as c,
         ${noise("h")} as h, ${noise("v")} as v
       from (select * from ${MARKETS}, ${minutes}) m
     ), moved as (
       select *, coalesce(lag(c) over (partition by venue, market order by ts), c) as o
       from walk
     )
     select venue, market, '1m' as interval, ts, round(o, dg) as open,
       round(greatest(o, c) * (1 + h * 0.0003), dg) as high,
       round(least(o, c) * (1 - h * 0.0003), dg) as low, round(c, dg) as close,
       v0 * (0.2 + v) as volume, v0 * (0.2 + v) * c as quote_volume,
       (v * 50)::integer + 1 as trade_count, 'venue' as source,
       case when market = 'KRW-XRP' and minute(ts) = 7
           and ts > now() - interval 5 hour then 'partial'
         when market = 'KRW-XRP' and minute(ts) = 33 then 'no_trade'
         else 'closed' end as state, 0 as revision, now() as received_at, 1 as written
     from moved
     where not (market = 'KRW-XRP'
       and ts between now() - interval 130 minute and now() - interval 110 minute)`,
  );
  await fillLake(
    data,
    "trades",
    `select venue, market, (${NEIGHBOURS[0]} + i)::bigint as trade_id,
       date_trunc('second', now()) - to_seconds(i // 2) as ts,
       p0::double::decimal(38,18) + 0.125 as price, 0.12345678 as size,
       case when i % 3 = 0 then 'buy' else 'sell' end as side, 1 as fills,
       now() as received_at, 1 as written
     from ${MARKETS}, range(50) r(i)`,
  );
  await fillLake(
    data,
    "counts",
    `select source, query, t.ts, '1m' as bucket,
       (base * (0.5 + ${
      noise("c").replace("market", "query")
    }))::integer as count,
       not (source = 'dcinside' and t.ts between now() - interval 90 minute
         and now() - interval 60 minute) as complete,
       count as first_count, now() as observed_at, 1 as written
     from (values ('dcinside', 'posts:bitcoins_new1', 4),
       ('dcinside', 'comments:bitcoins_new1', 12),
       ('x', '#bitcoin -is:retweet', 40), ('bluesky', 'posts:coins', 6)) s(source, query, base), ${minutes}`,
  );
  // Rates with a hole of six hours, and a USDT dear and cheap by turns.
  await fillLake(
    data,
    "rates",
    `select 'fx' as source, 'USD' as base, 'KRW' as quote, t.ts, 1406 as rate, 1 as written
     from ${minutes} where minute(ts) % 10 = 0
       and not t.ts between now() - interval 10 hour and now() - interval 4 hour
     union all
     select 'tether', 'USDT', 'KRW', t.ts, round(1406 * (1 + 0.04 * sin(epoch(ts) / 9000)), 2), 1
     from ${minutes}`,
  );
  await fillLake(
    data,
    "books",
    `select venue, market, date_trunc('minute', now()) - interval 3 second as ts,
       '[["' || p0 * 0.9999 || '","' || v0 || '"]]' as bids,
       '[["' || p0 * 1.0001 || '","' || v0 || '"]]' as asks
     from ${MARKETS} where base = 'BTC'`,
  );
  await fillLake(
    data,
    "talk",
    `select 'dcinside' as source, 'bitcoins_new1' as board, 'post' as kind,
       row_number() over (order by ts) as text_id, t.ts,
       case minute(ts) % 3 when 0 then 'XRP' else 'BTC' end as coins,
       (minute(ts) % 4 = 1)::integer as positive, (minute(ts) % 7 = 1)::integer as negative,
       'ko' as language, coins as words, 12 as length, 
       case minute(ts) when 21 then 'again' else 'text ' || epoch(ts) end as text_hash,
       1 as written
     from ${minutes}
     union all
     select 'bluesky', 'coins', 'post', row_number() over (order by ts), t.ts, 'ETH', 1, 0,
       'en', 'ETH', 9, 'blue ' || epoch(ts), 1
     from ${minutes} where minute(ts) % 2 = 0`,
  );
  await fillLake(
    data,
    "forecasts",
    `select case when h = 0 then 'issued' else 'backtest' end as origin, venue, market, quantity,
       model, '1' as model_version, target_from as issued_at, target_from,
       target_from + interval 1 hour as target_to, target_from as data_to,
       case quantity when 'direction' then 0.2 + 0.6 * ${noise("f")}
         when 'volume' then v0 * 42 * (1 + k * (${noise("f")} - 0.5))
         else 0.0018 * (1 + k * (${
      noise("f")
    } - 0.5)) end as value, 1 as written
     from ${MARKETS}, (values ('persistence', 1), ('har', 0.1), ('other', 1.5)) n(model, k),
       (values ('volatility'), ('volume'), ('direction')) q(quantity),
       (select h, date_trunc('hour', now()) - to_hours(h) as target_from, target_from as ts
         from range(50) r(h)) t`,
  );
  await fillLedger(data);
  await analyze({ data });
}

/** A ledger of three days: a cut that was repaired where that can be, one that is open, an hour that nobody knows of. */
async function fillLedger(data: string): Promise<void> {
  const now = `timestamptz '${new Date().toISOString()}'`;
  const streams = `(select * from ${MARKETS},
    (values ('trade'), ('book'), ('ticker')) c(channel))`;
  await fillLake(
    data,
    "observed",
    `select venue, list(market) as markets, ['trade', 'book', 'ticker'] as channels,
       ${now} - from_age as from_ts, ${now} - to_age as to_ts, ended
     from ${MARKETS}, (values
       ('upbit', interval 72 hour, interval 30 hour, true),
       ('upbit', interval 107760 second, interval 7220 second, true),
       ('upbit', interval 2 hour, interval 1 second, false),
       ('binance', interval 72 hour, interval 26 hour, true),
       ('binance', interval 25 hour, interval 2 second, false)
     ) s(of, from_age, to_age, ended)
     where venue = of group by all`,
  );
  await fillLake(
    data,
    "gaps",
    `select row_number() over () as gap_id, *, from_ts as opened_at from (
       select venue, market, channel, ${now} - interval 30 hour as from_ts,
         ${now} - interval 107760 second as to_ts,
         'closed_by_venue' as reason, '{"status":1006,"message":""}' as detail,
         case channel when 'trade' then 'repaired' else 'unrecoverable' end as state,
         case channel when 'trade' then 5321 else 0 end as recovered,
         case channel when 'trade' then 'refilled'
           else 'no_past' end as note, '{}' as note_detail
       from ${streams} where venue = 'upbit'
       union all
       select venue, market, channel, ${now} - interval 7220 second, ${now} - interval 2 hour,
         'no_frame', '{"seconds":65}', case when channel <> 'trade' then 'unrecoverable'
           when market = 'KRW-XRP' then 'open' else 'repaired' end,
         case when channel = 'trade' and market = 'KRW-BTC' then 17 else 0 end,
         case when channel <> 'trade' then 'no_past'
           when market = 'KRW-BTC' then 'refilled' end, '{}'
       from ${streams} where venue = 'upbit'
       union all
       select venue, market, channel, ${now} - interval 26 hour, ${now} - interval 25 hour,
         'not_collected', '{}', case channel when 'trade' then 'repaired' else 'unrecoverable' end,
         case channel when 'trade' then 40211 else 0 end,
         case channel when 'trade' then 'refilled' end, '{}'
       from ${streams} where venue = 'binance' and channel <> 'ticker'
     )`,
  );
  await fillLake(
    data,
    "runs",
    `select i as run_id, 'run' as source, date_trunc('hour', now()) as round,
       case when i < 3 then 'snapshot' else 'site' end as step, greatest(1, i)::integer as attempt,
       case i when 1 then 'failed' when 4 then 'running' else 'done' end as state,
       now() - to_minutes(90 - i) as started_at,
       case when i < 4 then now() - to_minutes(90 - i) + interval 42 second end as ended_at,
       case when i = 2 then 31 end as units, case when i = 2 then 12345 end as rows
     from range(1, 5) r(i)`,
  );
  await fillLake(
    data,
    "rejects",
    `select i as reject_id, case when i % 4 = 0 then 'dcinside' else 'upbit' end as source,
       ${now} - to_hours(i * 3) as received_at from range(12) r(i)`,
  );
}

/** A data folder with marts, the same for all files of a run; read only. */
export const sharedMarts = (): Promise<string> =>
  madeOnce(`marts-${OF_THIS_RUN}`, makeMarts);

/** The same with its site, likewise. */
export async function sharedSite(): Promise<{ dist: string; data: string }> {
  const data = await sharedMarts();
  const dist = await madeOnce(`site-${OF_THIS_RUN}`, async (folder) => {
    await buildAt(data, folder);
  });
  return { dist, data };
}

/**
 * Builds the site of a data folder into `dist`, which it gives back.
 * @throws with what the task says, where it fails
 */
export async function buildAt(data: string, dist: string): Promise<string> {
  const { code, err } = await runTask(["site", `--output=${dist}`], {
    CROWDTAPE_DATA: data,
  });
  if (code !== 0) throw new Error(err);
  return dist;
}

/** The site of {@link bareMarts}, the same for all files of a run; read only. */
export const sharedBareSite = (): Promise<string> =>
  madeOnce(`bare-site-${OF_THIS_RUN}`, async (folder) => {
    const data = await Deno.makeTempDir({ prefix: "crowdtape-bare-" });
    await bareMarts(data);
    await buildAt(data, folder);
    await Deno.remove(data, { recursive: true });
  });

/** The marts of a collector's first five minutes, which ended hours ago: one market, no talk, no rates, no books. */
export async function bareMarts(data: string, hoursAgo = 0): Promise<void> {
  await fillLake(
    data,
    "markets",
    `select venue, market, base, quote, korean_name, english_name, true as active,
       now() as first_seen, now() as last_seen from ${MARKETS} where market = 'KRW-BTC'`,
  );
  await fillLake(
    data,
    "candles",
    `select 'upbit' as venue, 'KRW-BTC' as market, '1m' as interval,
       date_trunc('minute', now()) - to_minutes(i + 1 + ${
      60 * hoursAgo
    }) as ts, 158000000 as open,
       158010000 as high, 157990000 as low, 158000000 as close, 1 as volume,
       158000000 as quote_volume, 3 as trade_count, 'venue' as source, 'closed' as state,
       0 as revision, now() as received_at, 1 as written from range(5) r(i)`,
  );
  await analyze({ data });
}
