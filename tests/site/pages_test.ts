/// <reference lib="dom" />
/** The built pages in a real Chromium, over a made-up lake and a made-up live API. */
import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { preview } from "../../notebooks/preview.ts";
import { readPages } from "../../notebooks/site/pages.ts";
import { test } from "../support/requirements.ts";
import {
  openBrowser,
  serveSite,
  serveTickers,
  watch,
} from "../support/pages_browser.ts";
import { NEIGHBOURS, sharedSite } from "../support/site_fixture.ts";

/** Charts of a page: shapes that cover an area, and how many colours are seen. */
async function look(page: Page) {
  const charts = [];
  for (const chart of await page.locator(".chart").all()) {
    await chart.scrollIntoViewIfNeeded();
    const shapes = await chart.locator("svg path, svg rect, svg line")
      .evaluateAll((nodes) =>
        nodes.filter((node) => {
          const box = node.getBoundingClientRect();
          return box.width + box.height > 3;
        }).length
      );
    const text = await chart.locator("svg[role=img]").first()
      .getAttribute("aria-label");
    const image = (await chart.screenshot()).toString("base64");
    const colours = await page.evaluate(async (png) => {
      const picture = new Image();
      picture.src = `data:image/png;base64,${png}`;
      await picture.decode();
      const canvas = document.createElement("canvas");
      canvas.width = picture.width;
      canvas.height = picture.height;
      const context = canvas.getContext("2d")!;
      context.drawImage(picture, 0, 0);
      const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size;
    }, image);
    charts.push({
      name: await chart.getAttribute("data-chart"),
      shapes,
      text,
      colours,
    });
  }
  return charts;
}

/** Each page as it declares itself; of the markets' pages one. */
const PAGES = (await readPages()).map(({ id, path, ofMarkets, charts }) => ({
  name: id,
  path: ofMarkets ? `${path}/upbit-KRW-XRP` : path,
  charts,
}));

test("the pages in Chromium", ["chromium"], async (t) => {
  const site = await sharedSite();
  const away = serveSite(site.dist, "http://127.0.0.1:9");
  const tickers = serveTickers();
  const live = serveSite(site.dist, tickers.api);
  let browser: Browser | undefined;
  try {
    browser = await openBrowser();
    for (
      // Each with each: both widths in both colours, both in both languages.
      const [width, colorScheme, lang] of [
        [390, "light", "en"],
        [390, "dark", "ko"],
        [1280, "light", "ko"],
        [1280, "dark", "en"],
      ] as const
    ) {
      await t.step(`${width} px, ${colorScheme}, ${lang}`, async () => {
        const context = await browser!.newContext({
          viewport: { width, height: 900 },
          colorScheme,
          reducedMotion: "reduce",
        });
        for (const { name, path, charts } of PAGES) {
          await visit(await context.newPage(), {
            name,
            url: `${away.origin}/${lang}/${path}`,
            origin: away.origin,
            lang,
            colorScheme,
            charts,
          });
        }
        await context.close();
      });
    }

    await t.step("old data are told by page and by card", async () => {
      for (const lang of ["en", "ko"]) {
        for (const { path } of PAGES) {
          // Its clock is the context's.
          const context = await browser!.newContext();
          const page = await context.newPage();
          await page.goto(`${away.origin}/${lang}/${path}`);
          await page.locator(".chart svg").first().waitFor();
          assert.equal(await page.locator(".stale").isVisible(), false, path);
          assert.equal(await page.locator(".age.old").count(), 0, path);
          assert.ok(await page.locator(".age").count() > 0, path);
          // As if nobody had collected anything since, for half a day.
          await page.clock.setFixedTime(Date.now() + 12 * 3_600_000);
          await page.reload();
          await page.locator(".chart svg").first().waitFor();
          assert.match(
            await page.locator(".stale").innerText(),
            lang === "ko"
              ? /1[1-3]시간 전 것으로 평소보다 오래되었습니다/
              : /1[1-3] hours ago: that is older than usual/,
          );
          const old = page.locator(".age.old");
          assert.equal(
            await old.count(),
            await page.locator(".age").count(),
            path,
          );
          assert.match(
            await old.first().innerText(),
            lang === "ko" ? /^1[1-3]시간 전$/ : /^1[1-3] hours ago$/,
          );
          await context.close();
        }
      }
    });

    await t.step("the start page follows the browser's language", async () => {
      for (const [locale, lang] of [["ko-KR", "ko"], ["fr-FR", "en"]]) {
        const context = await browser!.newContext({ locale });
        const page = await context.newPage();
        await page.goto(`${away.origin}/`);
        await page.waitForURL(`${away.origin}/${lang}/`);
        await context.close();
      }
    });

    await t.step("the language switch keeps page and choices", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/coin/upbit-KRW-XRP`);
      await page.getByRole("radio", { name: "7 days" }).check();
      await page.getByRole("checkbox", { name: "MACD" }).check();
      assert.equal(await page.locator(".chart svg[role=img]").count(), 4);
      await page.getByRole("link", { name: "한국어" }).click();
      await page.waitForURL(/\/ko\/coin\/upbit-KRW-XRP\?/);
      await page.locator(".chart svg[role=img]").nth(3).waitFor();
      assert.ok(await page.getByRole("radio", { name: "7일" }).isChecked());
      await page.close();
    });

    await t.step("ranges and indicators change the candles", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/coin/upbit-KRW-XRP?range=6h`);
      const bodies = page.locator(".chart g.candles rect");
      await bodies.first().waitFor();
      const minutes = await bodies.count();
      assert.ok(await page.locator(".chart g.partial rect").count() > 0);
      assert.ok(await page.locator(".chart g.unknown-span rect").count() > 0);
      await page.getByRole("radio", { name: "3 days" }).check();
      await page.waitForFunction(
        (n) => document.querySelectorAll(".chart g.candles rect").length !== n,
        minutes,
      );
      const lines = page.locator('.chart [aria-label="line"] path');
      const before = await lines.count();
      await page.getByRole("checkbox", { name: "EMA 12" }).check();
      assert.ok(await lines.count() > before);
      await page.close();
    });

    await t.step("arrow keys read one bar after the other", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/coin/upbit-KRW-BTC`);
      await page.locator(".chart[data-chart=candles] svg").first().waitFor();
      const reading = page.locator(".reading");
      const first = await reading.textContent();
      await page.locator(".chart[data-chart=candles]").focus();
      await page.keyboard.press("ArrowLeft");
      assert.notEqual(await reading.textContent(), first);
      await page.close();
    });

    await t.step("ids beyond 2^53 are exact on the page", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/?trades=binance-BTCUSDT`);
      await page.locator(".trades td").first().waitFor();
      for (const id of NEIGHBOURS) {
        assert.equal(
          await page.getByRole("cell", { name: id, exact: true }).count(),
          1,
        );
      }
      await page.close();
    });

    await t.step("the theme button outweighs the system", async () => {
      const context = await browser!.newContext({ colorScheme: "light" });
      const page = await context.newPage();
      await page.goto(`${away.origin}/en/`);
      const ground = () =>
        page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const light = await ground();
      await page.locator(".chart svg").first().waitFor();
      await page.locator("#theme").click();
      const dark = await ground();
      assert.notEqual(dark, light);
      await page.reload();
      assert.equal(await ground(), dark);
      await context.close();
    });

    await t.step("prices move while the collector runs", async () => {
      for (const path of ["en/", "ko/coin/upbit-KRW-BTC"]) {
        const page = await browser!.newPage();
        const seen = watch(page);
        await page.goto(`${live.origin}/${path}`);
        const last = page.locator('[data-last="upbit-KRW-BTC"]');
        await last.waitFor();
        const line = () =>
          page.locator("article")
            .filter({ has: last }).locator('[aria-label="line"] path').first()
            .getAttribute("d");
        const first = await last.textContent();
        const drawn = path === "en/" ? await line() : null;
        await page.waitForFunction(
          (text) =>
            document.querySelector('[data-last="upbit-KRW-BTC"]')
              ?.textContent !==
              text,
          first,
          { timeout: 10_000 },
        );
        await page.locator('#feed[data-state="live"]').waitFor();
        if (path === "en/") {
          await page.waitForTimeout(600);
          assert.notEqual(await line(), drawn);
        }
        assert.deepEqual(seen.complaints, []);
        await page.close();
      }
    });
  } finally {
    await browser?.close();
    await Promise.all([away.stop(), live.stop(), tickers.stop()]);
  }
}, { sanitizeOps: false, sanitizeResources: false });

async function visit(page: Page, expected: {
  name: string;
  url: string;
  origin: string;
  lang: string;
  colorScheme: string;
  charts: string[];
}): Promise<void> {
  const { name } = expected;
  const seen = watch(page);
  await page.goto(expected.url, { waitUntil: "networkidle" });
  await page.locator(".chart svg").first().waitFor();
  const charts = await look(page);
  assert.deepEqual(charts.map((chart) => chart.name), expected.charts, name);
  for (const chart of charts) {
    assert.ok(chart.shapes >= 3, `${name}: ${chart.shapes} shapes`);
    assert.ok(chart.colours >= 8, `${name}: ${chart.colours} colours`);
    assert.ok((chart.text ?? "").length > 20, `${name}: no text alternative`);
  }
  const state = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    title: document.title,
    wide: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
    h1: document.querySelectorAll("h1").length,
    unnamed: [...document.querySelectorAll("button, select, input")].filter(
      (node) =>
        !(node.getAttribute("aria-label") || node.textContent?.trim() ||
          node.closest("label")?.textContent?.trim()),
    ).length,
    ground: getComputedStyle(document.body).backgroundColor,
    feed: document.getElementById("feed")?.textContent,
    text: document.body.innerText,
  }));
  assert.equal(state.lang, expected.lang);
  assert.ok(state.wide <= state.width, `${name} is ${state.wide} px wide`);
  assert.equal(state.h1, 1);
  assert.equal(state.unnamed, 0);
  assert.match(state.title, /crowdtape/);
  assert.match(
    state.feed ?? "",
    expected.lang === "ko" ? /스냅샷/ : /Snapshot of/,
  );
  if (expected.lang === "ko") {
    // Names stay as they are: the program's, a task's, a board's, a query's, a source's, a model's, a fingerprint.
    const names =
      /^(crowdtape|deno|task|run|bitcoins|new|bitcoin|retweet|fx|tether|again|coins|other)$|^[0-9a-f]{8}$/;
    const foreign = (state.text.match(/\b[a-z][a-z0-9]{2,}\b/g) ?? [])
      .filter((word) => !names.test(word));
    assert.deepEqual(foreign, [], name);
  }
  const [red = 0] = state.ground.match(/\d+/g)!.map(Number);
  assert.equal(red > 128, expected.colorScheme === "light", state.ground);
  assert.deepEqual(seen.complaints, [], name);
  const elsewhere = seen.requests.filter((url) =>
    !url.startsWith(`${expected.origin}/`) && !url.startsWith("data:")
  );
  assert.deepEqual(elsewhere, [], name);
  await page.close();
}

/** What the page `url` loads, by following its own references, in compressed bytes. */
Deno.test("no page loads more than 400 kB compressed", async () => {
  const site = await sharedSite();
  const app = preview({ dist: site.dist, api: "http://127.0.0.1:9" });
  const load = async (path: string): Promise<[string, number]> => {
    const response = await app.request(path);
    assert.equal(response.status, 200, path);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const packed = new Response(
      new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")),
    );
    return [
      new TextDecoder().decode(bytes),
      (await packed.arrayBuffer()).byteLength,
    ];
  };
  for (const [i, page] of PAGES.entries()) {
    const path = `/${["en", "ko"][i % 2]}/${page.path}`;
    const wanted = [path];
    const got = new Map<string, number>();
    while (wanted.length > 0) {
      const next = wanted.pop()!;
      if (got.has(next)) continue;
      const [text, size] = await load(next);
      got.set(next, size);
      if (next.endsWith(".json")) continue;
      for (
        const [, reference] of text.matchAll(
          /(?:href=|src=|from ?|import ?|"path":)"(\.{1,2}\/[^"]+\.(?:js|css|json))"/g,
        )
      ) wanted.push(new URL(reference!, `http://site${next}`).pathname);
    }
    const total = [...got.values()].reduce((sum, size) => sum + size, 0);
    assert.ok([...got.keys()].some((name) => name.endsWith(".json")), path);
    assert.ok(total <= 400_000, `${path}: ${total} bytes`);
  }
});
