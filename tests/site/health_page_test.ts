/// <reference lib="dom" />
/** The Data health page in a real Chromium, over a made-up ledger and a made-up collector. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import {
  outcomeWords,
  reasonWords,
} from "../../notebooks/site/components/words/gap_words.ts";
import { ask } from "../bench/fill_lake.ts";
import { test } from "../support/requirements.ts";
import { openBrowser, serveSite, watch } from "../support/pages_browser.ts";
import { sharedSite } from "../support/site_fixture.ts";

/** A collector whose book of one market is silent and whose DC Inside pages suddenly can't be read. */
function serveCollector() {
  const feed = (
    stream: string,
    channel: string,
    age_seconds: number,
    source = "upbit",
  ) => ({
    source,
    stream,
    channel,
    events: "1",
    last_ts: new Date().toISOString(),
    age_seconds,
  });
  let age = 0;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    if (new URL(request.url).pathname === "/healthz") {
      return Response.json({
        status: "stale",
        at: new Date().toISOString(),
        stale: ["upbit KRW-XRP book"],
        feeds: [],
        gaps_open: 2,
        rejects_last_hour: 31,
        rejects_rising: [
          { source: "dcinside", last_5_minutes: 30, usual: 0.25 },
        ],
        runs: [
          { step: "analyze", state: "failed", success_age_seconds: 7400 },
          { step: "site", state: "running", success_age_seconds: null },
        ],
      });
    }
    let timer: ReturnType<typeof setInterval>;
    return new Response(
      new ReadableStream({
        start(controller) {
          timer = setInterval(() => {
            age++;
            const feeds = [
              feed("KRW-BTC", "trade", age),
              feed("KRW-XRP", "book", 7400),
              feed("#bitcoin -is:retweet", "count", 61, "x"),
            ];
            controller.enqueue(
              new TextEncoder().encode(
                `event: feeds\ndata: ${JSON.stringify({ feeds })}\n\n`,
              ),
            );
          }, 300);
        },
        cancel: () => clearInterval(timer),
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  });
  return {
    api: `http://127.0.0.1:${server.addr.port}`,
    stop: () => server.shutdown(),
  };
}

/** The row of one stream. */
const rowOf = (page: Page, name: string) =>
  page.locator(".timeline-row").filter({ hasText: name }).first();

test("the Data health page", ["chromium"], async (t) => {
  const site = await sharedSite();
  const away = serveSite(site.dist, "http://127.0.0.1:9");
  const collector = serveCollector();
  const live = serveSite(site.dist, collector.api);
  let browser: Browser | undefined;
  try {
    browser = await openBrowser();
    const open = async (path: string, origin = away.origin) => {
      const page = await browser!.newPage();
      const seen = watch(page);
      await page.goto(`${origin}/${path}`);
      await page.locator(".timeline svg").first().waitFor();
      return { page, seen };
    };

    await t.step("the five shares are the marts' own", async () => {
      const { page } = await open("en/health?range=all");
      const [sums] = await ask(
        site.data,
        `select sum(observed) as observed, sum(repaired) as repaired, sum(unrecoverable) as unrecoverable,
           sum(open) as open, sum(unknown) as unknown from marts.coverage`,
      );
      const whole = Object.values(sums!).reduce<number>(
        (all, s) => all + Number(s),
        0,
      );
      // Three days of nine streams.
      assert.ok(Math.abs(whole - 9 * 3 * 86_400) < 60);
      for (const [state, seconds] of Object.entries(sums!)) {
        const shown = await page.locator(`[data-state=${state}] b`)
          .textContent();
        const percent = 100 * Number(seconds) / whole;
        assert.equal(
          shown,
          percent < 0.01 ? "<0.01%" : `${percent.toFixed(2)}%`,
          state,
        );
      }
      await page.close();
    });

    await t.step(
      "each state is in the timelines, by a pattern of its own and by name",
      async () => {
        const { page, seen } = await open("en/health?range=7d");
        const fills = new Set<string | null>();
        for (
          const [stream, state, share] of [
            ["KRW-XRP trades", "open", /open <0\.01%/],
            ["KRW-BTC trades", "repaired", /repaired 0\.10%/],
            ["KRW-BTC order book", "unrecoverable", /lost 0\.10%/],
            ["BTCUSDT ticker", "unknown", /unknown 1\.39%/],
            ["BTCUSDT ticker", "observed", /98\.61%\s+observed/],
          ] as const
        ) {
          const row = rowOf(page, stream);
          const mark = row.locator(`rect.mark.${state}`);
          assert.ok(await mark.count() > 0, `${stream}: ${state}`);
          fills.add(await mark.first().getAttribute("fill"));
          assert.match(await row.innerText(), share);
          assert.match(
            (await row.locator("svg[role=img]").getAttribute("aria-label"))!,
            /^(Upbit|Binance) .*, 7 days: observed 9\d\.\d\d%/,
          );
        }
        assert.equal(fills.size, 5);
        // Too short for its cell's width, and seen all the same.
        const box = await rowOf(page, "KRW-XRP trades")
          .locator("rect.open").boundingBox();
        assert.ok(box!.width >= 5 && box!.height >= 10, JSON.stringify(box));
        assert.match(
          (await rowOf(page, "KRW-XRP trades").locator("rect.open title")
            .textContent())!,
          /^open\n.* UTC · .* KST – /,
        );
        await page.getByRole("radio", { name: "1 hour · cells of 1 min" })
          .check();
        assert.equal(await page.locator("rect.mark.open").count(), 0);
        assert.match(await rowOf(page, "KRW-XRP trades").innerText(), /100%/);
        await page.getByLabel("Venue").selectOption("binance");
        assert.equal(await rowOf(page, "KRW-XRP trades").count(), 0);
        assert.deepEqual(seen.complaints, []);
        await page.close();
      },
    );

    await t.step("communities: minutes seen whole", async () => {
      const { page } = await open("en/health");
      assert.match(
        (await rowOf(page, "bitcoins_new1 Posts").innerText()).replace(
          /\s+/g,
          " ",
        ),
        /99\.31% seen whole seen in part 0\.69%/,
      );
      assert.match(await rowOf(page, "#bitcoin").innerText(), /100%/);
      await page.close();
    });

    await t.step("gaps: the open one first, with its reason", async () => {
      for (
        const [lang, region, first, lost] of [
          [
            "en",
            "Gaps",
            /^Upbit KRW-XRP trades.* UTC · .* KST20 sopenno frame for 65 s$/,
            "lost 9",
          ],
          [
            "ko",
            "빠진 구간",
            /^업비트 KRW-XRP 체결.* KST · .* UTC20초미해결65초 동안 수신 없음$/,
            "유실 9",
          ],
        ] as const
      ) {
        const { page } = await open(`${lang}/health`);
        const rows = page.getByRole("region", { name: region })
          .locator("tbody tr");
        const texts = await rows.allTextContents();
        assert.match(texts[0]!, first);
        assert.equal(texts.length, 9);
        await page.getByRole("radio", { name: lost }).check();
        assert.equal(await rows.count(), 5);
        await page.close();
      }
    });

    await t.step("what could not be read, by source", async () => {
      const { page } = await open("en/health");
      await page.getByText(/^Upbit: 6 in the last day, 9 in all, the newest at/)
        .waitFor();
      await page.getByText(/^DC Inside: 2 in the last day, 3 in all/).waitFor();
      await page.close();
    });

    await t.step("the chain's newest runs that have ended", async () => {
      for (
        const [lang, heading, ...rows] of [
          [
            "en",
            "Runs of the chain",
            // Of 87 minutes before the marts were made, which may be a while ago.
            /^Pages.*3.*done.*((8|9|1\d)\d minutes|[12] hours?) ago/,
            /^Lake.*2.*done.*42 s.*31.*12,345$/,
            /^Lake.*1.*failed/,
          ],
          [
            "ko",
            "작업 실행 기록",
            /^페이지.*완료/,
            /^레이크.*완료.*42초/,
            /^레이크.*실패/,
          ],
        ] as const
      ) {
        const { page } = await open(`${lang}/health`);
        const texts = await page.getByRole("table", { name: heading })
          .locator("tbody tr").allTextContents();
        assert.equal(texts.length, rows.length, texts.join("\n"));
        rows.forEach((row, i) => assert.match(texts[i]!, row));
        await page.close();
      }
    });

    await t.step(
      "hundreds of markets, a reason nobody knows, a gap under way",
      async () => {
        const page = await browser!.newPage({
          viewport: { width: 390, height: 800 },
        });
        const seen = watch(page);
        await page.route("**/health*.json", async (route) => {
          const response = await route.fetch();
          const data = await response.json();
          data.of = 720;
          data.streams[0].until = null;
          data.streams[1].until = data.last - 86_400_000;
          data.gaps[0] = {
            ...data.gaps[0],
            to: null,
            n: 240,
            markets: ["KRW-A", "KRW-B", "KRW-C"],
            reason: "<b>a new one</b>",
          };
          await route.fulfill({ response, json: data });
        });
        await page.goto(`${away.origin}/en/health`);
        const row = page.getByRole("region", { name: "Gaps" })
          .locator("tbody tr").first();
        await row.waitFor();
        const text = await row.textContent();
        assert.match(text!, /KRW-A, KRW-B, KRW-C and 237 more trades/);
        assert.match(text!, /under way.*<b>a new one<\/b>/);
        const all = await page.locator("#observablehq-main").innerText();
        assert.match(all, /Shown are 9 of 720 streams: those/);
        assert.match(all, /never seen/);
        assert.match(all, /seen until \d+ Nov/);
        assert.ok(
          await page.evaluate(() =>
            document.documentElement.scrollWidth <=
              document.documentElement.clientWidth
          ),
        );
        assert.deepEqual(seen.complaints, []);
        await page.close();
      },
    );

    await t.step(
      "while collecting, ages move and what is wrong is said",
      async () => {
        for (
          const [lang, age, ...said] of [
            [
              "en",
              /^newest \d+ s ago$/,
              "Now: some streams are silent. 2 gaps open; 31 frames",
              "Silent for more than two minutes: Upbit KRW-XRP order book.",
              "DC Inside: 30 could not be read in five minutes, usually 0.3.",
              "Now: Marts failed, last done 2 h ago; Pages running, never done.",
            ],
            [
              "ko",
              /^\d+초 전 수신$/,
              "현재: 일부 스트림이 조용함. 미해결 구간 2개",
              "2분 넘게 조용한 스트림: 업비트 KRW-XRP 호가.",
              "디시인사이드: 5분 동안 30건을 읽지 못했습니다.",
              "현재: 마트 실패, ",
            ],
          ] as const
        ) {
          const { page, seen } = await open(`${lang}/health`, live.origin);
          for (const text of said) await page.getByText(text).first().waitFor();
          const beside = page.locator(".timeline-age.live");
          assert.equal(await beside.count(), 3);
          const first = await beside.first().textContent();
          assert.match(first!, age);
          await page.waitForFunction(
            (before) =>
              document.querySelector(".timeline-age.live")!.textContent !==
                before,
            first,
          );
          // A new range draws the rows anew; the ages come back with the next event.
          await page.locator('.segments input[value="1d"]').check();
          await beside.first().waitFor();
          assert.deepEqual(seen.complaints, []);
          await page.close();
        }
      },
    );

    await t.step("without a collector, nothing is asked of it", async () => {
      const { page, seen } = await open("en/health");
      await page.getByText(/^While the collector runs/).waitFor();
      assert.ok(!seen.requests.some((url) => url.endsWith("/healthz")));
      assert.deepEqual(seen.complaints, []);
      await page.close();
    });
  } finally {
    await browser?.close();
    await Promise.all([away.stop(), live.stop(), collector.stop()]);
  }
}, { sanitizeOps: false, sanitizeResources: false });

Deno.test("a code is said in both languages; one that an older version wrote is not known", () => {
  assert.equal(
    reasonWords("no_frame", { seconds: 65 }, "en"),
    "no frame for 65 s",
  );
  assert.equal(
    reasonWords("no_frame", { seconds: 65 }, "ko"),
    "65초 동안 수신 없음",
  );
  assert.equal(outcomeWords("refilled", {}, "ko"), "체결번호로 다시 받음");
  assert.equal(reasonWords("a new one", {}, "en"), null);
});
