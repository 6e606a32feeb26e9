/** The site's parts that need neither a build nor a browser. */
import assert from "node:assert/strict";
import { MARTS } from "../../notebooks/marts.ts";
import { preview } from "../../notebooks/preview.ts";
import { ago } from "../../notebooks/site/components/parts/age.ts";
import {
  skillWords,
  verdictWords,
} from "../../notebooks/site/components/words/verdict_words.ts";
import {
  headline,
  probability,
  restsOn,
} from "../../notebooks/site/components/parts/verdict.ts";
import {
  amount,
  change,
  dateTime,
  moment,
  price,
} from "../../notebooks/site/components/parts/format.ts";
import { i18n } from "../../notebooks/site/components/words/i18n.ts";
import { runTask } from "../support/run_task.ts";

async function withDist<T>(work: (dist: string) => Promise<T>): Promise<T> {
  const dist = await Deno.makeTempDir({ prefix: "crowdtape-dist-" });
  try {
    await Deno.mkdir(`${dist}/en/coin`, { recursive: true });
    await Deno.mkdir(`${dist}/_file/data`, { recursive: true });
    await Deno.writeTextFile(
      `${dist}/index.html`,
      `<script>let a = 1</script><script type="module">\nlet b\n</script>`,
    );
    await Deno.writeTextFile(`${dist}/en/index.html`, "market");
    await Deno.writeTextFile(`${dist}/en/talk.html`, "talk");
    await Deno.writeTextFile(`${dist}/404.html`, "nothing here");
    await Deno.writeTextFile(
      `${dist}/_file/data/x.0123abcd.json`,
      JSON.stringify(Array(5000).fill(1)),
    );
    return await work(dist);
  } finally {
    await Deno.remove(dist, { recursive: true });
  }
}

Deno.test("preview: clean addresses, types, caching, compression", async () => {
  await withDist(async (dist) => {
    const app = preview({ dist, api: "http://127.0.0.1:9" });
    assert.equal(await (await app.request("/en/")).text(), "market");
    assert.equal(await (await app.request("/en/talk")).text(), "talk");
    const home = await app.request("/");
    assert.equal(home.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(home.headers.get("cache-control"), "no-cache");
    const data = await app.request("/_file/data/x.0123abcd.json", {
      headers: { "accept-encoding": "gzip" },
    });
    assert.equal(data.headers.get("content-type"), "application/json");
    assert.equal(data.headers.get("content-encoding"), "gzip");
    assert.match(data.headers.get("cache-control")!, /immutable/);
    const missing = await app.request("/en/coin/none");
    assert.equal(missing.status, 404);
    assert.equal(await missing.text(), "nothing here");
  });
});

Deno.test("preview: nothing outside its folder", async () => {
  await withDist(async (dist) => {
    await Deno.writeTextFile(`${dist}/../crowdtape-secret.json`, "{}");
    const app = preview({ dist, api: "http://127.0.0.1:9" });
    for (
      const path of [
        "/%2e%2e/crowdtape-secret.json",
        "/en/..%2f..%2fcrowdtape-secret.json",
        "/%",
        "/a%00b",
      ]
    ) assert.equal((await app.request(path)).status, 404, path);
    await Deno.remove(`${dist}/../crowdtape-secret.json`);
  });
});

Deno.test("preview: a policy that allows this page's own scripts and no third party", async () => {
  await withDist(async (dist) => {
    const { headers } = await preview({ dist, api: "http://127.0.0.1:9" })
      .request("/");
    const policy = headers.get("content-security-policy")!;
    const digest = await crypto.subtle.digest(
      "SHA-256",
      new TextEncoder().encode("let a = 1"),
    );
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    assert.ok(policy.includes(`'sha256-${hash}'`));
    assert.equal(policy.match(/'sha256-/g)?.length, 2);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /https?:|\*|script-src[^;]*unsafe/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  });
});

Deno.test("preview: the collector's API passes through, and its absence is quiet", async () => {
  await withDist(async (dist) => {
    const away = preview({ dist, api: "http://127.0.0.1:9" });
    assert.equal((await away.request("/v1/live")).status, 204);
    const refused = await away.request("/v1/markets");
    assert.equal(refused.status, 503);
    assert.match((await refused.json()).error, /deno task collect/);

    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const { pathname, search } = new URL(request.url);
        return pathname === "/v1/live"
          ? new Response("event: tickers\ndata: {}\n\n", {
            headers: { "content-type": "text/event-stream" },
          })
          : Response.json({ asked: pathname + search });
      },
    );
    try {
      const app = preview({
        dist,
        api: `http://127.0.0.1:${server.addr.port}`,
      });
      const live = await app.request("/v1/live", {
        headers: { accept: "text/event-stream", "accept-encoding": "gzip" },
      });
      assert.equal(live.headers.get("content-type"), "text/event-stream");
      assert.equal(live.headers.get("content-encoding"), null);
      assert.match(await live.text(), /^event: tickers/);
      assert.deepEqual(
        await (await app.request("/v1/markets?venue=upbit")).json(),
        {
          asked: "/v1/markets?venue=upbit",
        },
      );
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("mistakes are one sentence with the remedy", async () => {
  const none = await Deno.makeTempDir({ prefix: "crowdtape-none-" });
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(),
  );
  try {
    const missing = await runTask(["site", `--output=${none}/dist`], {
      CROWDTAPE_DATA: `${none}/data`,
    });
    assert.match(
      missing.err,
      /^error: The mart \S+candles is missing: run "deno task analyze"/,
    );

    await Deno.mkdir(`${none}/data/marts`, { recursive: true });
    for (const mart of MARTS) {
      await Deno.writeTextFile(`${none}/data/marts/${mart}.parquet`, "not one");
    }
    const broken = await runTask(["site", `--output=${none}/dist`], {
      CROWDTAPE_DATA: `${none}/data`,
    });
    assert.match(
      broken.err,
      /^error: The marts in \S+ cannot be read .*"deno task analyze"/,
    );

    const unbuilt = await runTask(["preview", `--dist=${none}/dist`]);
    assert.match(
      unbuilt.err,
      /^error: There is no site in \S+: run "deno task site" first\.\n$/,
    );

    await Deno.mkdir(`${none}/dist`);
    await Deno.writeTextFile(`${none}/dist/index.html`, "");
    const { port } = server.addr;
    const busy = await runTask([
      "preview",
      `--dist=${none}/dist`,
      `--port=${port}`,
    ]);
    assert.match(
      busy.err,
      new RegExp(`^error: Port ${port} is in use: .*--port`),
    );

    const option = await runTask(["site", "--outptu=x"]);
    assert.match(option.err, /^error: .*--outptu.*--help/);
    for (const { code, err } of [missing, broken, unbuilt, busy, option]) {
      assert.equal(code, 1);
      assert.equal(err.trim().split("\n").length, 1, err);
    }
  } finally {
    await server.shutdown();
    await Deno.remove(none, { recursive: true });
  }
});

Deno.test("both languages have every text", () => {
  const shape = (value: unknown): unknown =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, shape(inner)]),
      )
      : typeof value;
  assert.deepEqual(shape(i18n.ko), shape(i18n.en));
});

Deno.test("verdicts in words: lead, sign, nothing, unit roots, too little, absent", () => {
  type Pair = NonNullable<Parameters<typeof headline>[0]>;
  type Verdict = Pair["verdict"];
  const pair = (
    verdict: Verdict,
    lag: number | null,
    r: number | null,
  ): Pair => ({
    verdict,
    lag,
    minutes: lag === null ? null : lag * 5,
    r,
    rows: [["log", "pearson", 0.1, 0, 0.2, null, null, 2015, 566, 0.1, 1]],
    lags: lag === null
      ? { lag: [], n: [] }
      : { lag: [lag - 1, lag], n: [2010, 2011] },
  });
  const say = (
    verdict: Verdict,
    lag: number | null = null,
    r: number | null = null,
    lang: "en" | "ko" = "en",
  ) => headline(pair(verdict, lag, r), "volume", i18n[lang], lang);
  assert.equal(
    say("x_leads", 3, 0.52),
    "Talk comes 15 minutes before volume (r = 0.52, n = 2,011).",
  );
  assert.equal(
    say("y_leads", -24, -0.3),
    "Talk comes 2 hours after volume (r = −0.30, n = 2,011).",
  );
  assert.equal(
    say("x_leads", 12, 0.52, "ko"),
    "여론이 거래량보다 1시간 앞섭니다 (r = 0.52, n = 2,011).",
  );
  assert.match(say("together", 0, 0.3), /neither clearly comes first/);
  assert.match(say("nothing", 3, 0.08), /^Nothing found/);
  assert.equal(
    say("unit_roots", 3, 0.9),
    "Not interpretable: unit roots.",
  );
  assert.equal(say("unit_roots", 3, 0.9, "ko"), "해석할 수 없음: 단위근.");
  assert.match(say("too_little"), /^Too little data .*n = 2,015/);
  assert.match(
    headline(undefined, "volume", i18n.en, "en"),
    /^No answer for this pair yet/,
  );
  assert.equal(probability(0.0004, "en"), "< 0.001");
  assert.equal(probability(0.04, "en"), "0.040");
  assert.equal(probability(null, "en"), "–");
});

Deno.test("what a verdict rests on, of every code in both languages", () => {
  type Verdict = Parameters<typeof restsOn>[0]["verdict"];
  const names = { talk: "Posts", market: "KRW-BTC volume" };
  const say = (
    verdict: Verdict,
    lang: "en" | "ko" = "en",
    more: Partial<Parameters<typeof restsOn>[0]> = {},
  ) =>
    restsOn(
      {
        verdict,
        lag: 3,
        minutes: 15,
        r: 0.52,
        rows: [["log", "pearson", 0.1, 0, 1, 0, 1, 2015, 900, 0.2, 1]],
        lags: { lag: [-24, 3, 24], n: [1990, 2011, 1990] },
        found: {
          finding: "x_leads",
          p: 0.0004,
          pairs: 54,
          unitRoots: { talk: 0.31, market: 0.001 },
        },
        ...more,
      },
      names,
      "5m",
      lang,
    );
  const leads =
    "Posts leads KRW-BTC volume by 3 buckets (15 minutes): r = 0.520 between what is new in each, p < 0.001 over 3 lags of 54 pairs.";
  assert.equal(say("x_leads"), leads);
  assert.match(say("y_leads"), /^KRW-BTC volume leads Posts by 3 buckets/);
  assert.match(say("together"), /move together: r = 0.520 most at \+3 buckets/);
  assert.match(say("nothing"), /^No lag up to 2 hours either way/);
  assert.equal(
    say("unit_roots"),
    "A unit root is not rejected (Posts: ADF p = 0.310), so correlations of levels mean nothing. In differences: " +
      leads,
  );
  assert.match(say("too_little", "en", { found: null }), /^2,011 pairs/);
  assert.match(
    say("x_adds"),
    /^Posts and KRW-BTC volume move mostly in the same bucket; beyond that, Posts adds to what is known of KRW-BTC volume 3 buckets/,
  );
  const found = {
    finding: "nothing" as const,
    p: 0.4,
    pairs: 54,
    unitRoots: { talk: 0.01, market: 0.01 },
    seen: 0.13,
    events: 2,
  };
  assert.match(
    say("nothing", "en", { found }),
    /A lead of \|r\| ≥ 0\.13 would be seen nine times in ten\.$/,
  );
  assert.match(say("one_event", "en", { found }), /^2 events both followed/);
  for (const lang of ["en", "ko"] as const) {
    for (const code of Object.keys(verdictWords[lang]) as Verdict[]) {
      const text = say(code, lang);
      assert.doesNotMatch(text, /undefined|NaN|null/, `${lang} ${code}`);
      assert.equal(/[가-힣]/.test(text), lang === "ko", text);
      // Marts of an older version do not say what the verdict rests on.
      if (code !== "too_little") {
        assert.equal(say(code, lang, { found: null }), "");
      }
    }
    for (const words of Object.values(skillWords[lang])) {
      const text = words({ n: "12", percent: "3.1%" });
      assert.doesNotMatch(text, /undefined/);
      assert.equal(/[가-힣]/.test(text), lang === "ko", text);
    }
  }
});

Deno.test("ages as people read them", () => {
  const MINUTE = 60_000;
  assert.equal(ago(-5000, "en"), "just now");
  assert.equal(ago(59_000, "ko"), "방금");
  assert.equal(ago(MINUTE, "en"), "1 minute ago");
  assert.equal(ago(119 * MINUTE, "ko"), "119분 전");
  assert.equal(ago(5.9 * 60 * MINUTE, "en"), "5 hours ago");
  assert.equal(ago(47 * 60 * MINUTE, "ko"), "47시간 전");
  assert.equal(ago(72 * 60 * MINUTE, "en"), "3 days ago");
});

Deno.test("prices, amounts and times as people read them", () => {
  assert.equal(price("158000000", "ko", 158000000, "KRW"), "158,000,000");
  assert.equal(price("112345.67", "en", 112345.67, "USDT"), "112,345.67");
  assert.equal(price(null, "en"), "–");
  assert.equal(amount(539.3e9, "KRW", "ko"), "5,393억 원");
  assert.equal(amount(539.3e9, "KRW", "en"), "539.3B KRW");
  assert.equal(change(0.0123, "en"), "▲ +1.23%");
  assert.equal(change(-0.0123, "ko"), "▼ −1.23%");
  assert.equal(change(0, "en"), "0.00%");
  assert.equal(change(null, "en"), "–");
  const at = Date.UTC(2026, 10, 20, 23, 12);
  assert.equal(dateTime(at, "en"), "20 Nov 2026 23:12 UTC (08:12 KST)");
  assert.equal(dateTime(at, "ko"), "2026. 11. 21. 08:12 KST (23:12 UTC)");
  assert.equal(moment(at, "ko"), "11월 21일 08:12 KST · 23:12 UTC");
});
