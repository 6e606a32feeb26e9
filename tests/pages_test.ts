/// <reference lib="dom" />
/** The built pages in a real Chromium, over a made-up lake and a made-up live API. */
import assert from "node:assert/strict";
import { type Browser, chromium, type Page } from "playwright-core";
import { MARTS } from "../notebooks/marts.ts";
import { preview } from "../notebooks/preview.ts";
import { buildSite } from "../notebooks/site.ts";
import { test } from "./needs.ts";
import { NEIGHBOURS, sharedSite } from "./site_fixture.ts";

/** A site over the same marts without those that an older version did not make. */
async function olderSite(data: string, folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/data/marts`, { recursive: true });
  for (const mart of MARTS) {
    await Deno.copyFile(
      `${data}/marts/${mart}.parquet`,
      `${folder}/data/marts/${mart}.parquet`,
    );
  }
  await new Deno.Command("cp", {
    args: ["-r", `${data}/lake`, `${folder}/data/lake`],
  }).output();
  Deno.env.set("CROWDTAPE_DATA", `${folder}/data`);
  try {
    await buildSite({ output: `${folder}/dist` });
  } finally {
    Deno.env.delete("CROWDTAPE_DATA");
  }
}

/** A site and a server for it; the live API only where asked for. */
function serveSite(dist: string, api: string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    preview({ dist, api }).fetch,
  );
  const { hostname, port } = server.addr;
  return {
    origin: `http://${hostname}:${port}`,
    stop: () => server.shutdown(),
  };
}

/** Sends a new price twice a second. */
function serveTickers() {
  let price = 158_000_000;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, () => {
    let timer: ReturnType<typeof setInterval>;
    const send = (controller: ReadableStreamDefaultController) => {
      price += 1000;
      const at = new Date().toISOString();
      const ticker = {
        venue: "upbit",
        market: "KRW-BTC",
        ts: at,
        last: String(price),
        change_rate: "0.01",
        value_24h: "1",
      };
      controller.enqueue(new TextEncoder().encode(
        `event: tickers\ndata: ${
          JSON.stringify({ at, tickers: [ticker] })
        }\n\n`,
      ));
    };
    return new Response(
      new ReadableStream({
        start(controller) {
          send(controller);
          timer = setInterval(() => send(controller), 500);
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

/** What a page did wrong while it was open, and what it asked for. */
function watch(page: Page) {
  const seen = { complaints: [] as string[], requests: [] as string[] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      seen.complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  return seen;
}

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

const PAGES = {
  market: { path: "", charts: ["price", "price", "price"] },
  coin: { path: "coin/upbit-KRW-XRP", charts: ["candles"] },
  talk: { path: "talk", charts: ["talk", "lead-lag"] },
  premium: { path: "premium", charts: ["premium"] },
  forecasts: { path: "forecasts", charts: ["forecast"] },
};

test("the pages in Chromium", ["chromium"], async (t) => {
  const site = await sharedSite();
  const away = serveSite(site.dist, "http://127.0.0.1:9");
  const tickers = serveTickers();
  const live = serveSite(site.dist, tickers.api);
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch({
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-sync",
        "--no-first-run",
      ],
    });
    for (const width of [390, 1280]) {
      for (const colorScheme of ["light", "dark"] as const) {
        for (const lang of ["en", "ko"]) {
          await t.step(`${width} px, ${colorScheme}, ${lang}`, async () => {
            const context = await browser!.newContext({
              viewport: { width, height: 900 },
              colorScheme,
              reducedMotion: "reduce",
            });
            for (const [name, { path, charts }] of Object.entries(PAGES)) {
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
      }
    }

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

    await t.step(
      "every indicator can be chosen and draws something",
      async () => {
        const page = await browser!.newPage();
        const seen = watch(page);
        await page.goto(`${away.origin}/en/coin/upbit-KRW-BTC?indicators=`);
        const shapes = page.locator(
          ".chart svg path[d], .chart svg rect, .chart svg line",
        );
        await page.locator(".chart svg[role=img]").first().waitFor();
        const boxes = page.locator(".checks input");
        assert.equal(await boxes.count(), 22);
        for (const box of await boxes.all()) {
          const before = await shapes.count();
          await box.check({ force: true });
          assert.ok(
            await shapes.count() > before,
            (await box.getAttribute("value"))!,
          );
        }
        assert.equal(await page.locator(".chart svg[role=img]").count(), 11);
        assert.deepEqual(seen.complaints, []);
        await page.close();
      },
    );

    await t.step("signals stand on the candles and in the list", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/coin/upbit-KRW-BTC?range=1d`);
      await page.locator(".chart g.signals path").first().waitFor();
      const rows = page.getByRole("region", { name: "Signals" })
        .locator("tbody tr");
      assert.ok(await rows.count() > 0);
      await page.getByRole("checkbox", { name: "Signals" }).uncheck();
      assert.equal(await page.locator(".chart g.signals path").count(), 0);
      await page.close();
    });

    await t.step(
      "correlation shows interval, n, effective n, verdict",
      async () => {
        const page = await browser!.newPage();
        await page.goto(`${away.origin}/en/talk`);
        const table = page.getByRole("region", { name: "with intervals" });
        await table.locator("tbody tr").first().waitFor();
        const row = await table.locator("tbody tr").first().locator("td")
          .allTextContents();
        const [method, , , interval, bootstrap, n, effective, p] = row;
        assert.match(method!, /Pearson r/);
        for (const ends of [interval, bootstrap]) {
          const [low, high] = ends!.replaceAll("−", "-").split(" … ").map(
            Number,
          );
          assert.ok(low! < high!, ends);
        }
        const plain = (text?: string) => Number(text!.replaceAll(",", ""));
        assert.ok(plain(effective) > 3 && plain(effective) <= plain(n));
        assert.ok(p === "< 0.001" || Number(p) <= 1, p);
        const answer = page.locator(".answer");
        const first = await answer.textContent();
        assert.match(first!, /volume|Too little|Not interpretable/);
        await page.getByRole("radio", { name: "1 hour" }).last().check();
        await page.getByRole("radio", { name: "absolute return" }).check();
        assert.match(
          (await answer.textContent())!,
          /absolute return|Too little|Not interpretable/,
        );
        const coins = page.locator("section").filter({
          hasText: "Attention by coin",
        });
        assert.match((await coins.textContent())!, /lexicon score .*right in/);
        assert.ok(await coins.getByRole("row", { name: /BTC/ }).count() >= 2);
        await page.close();
      },
    );

    await t.step("premium marks what is stale and what disagrees", async () => {
      const page = await browser!.newPage();
      await page.goto(`${away.origin}/en/premium`);
      await page.locator(".chart svg").first().waitFor();
      assert.equal(await page.locator("g.stale-span rect").count(), 1);
      assert.ok(await page.locator("g.disagree-span rect").count() >= 1);
      assert.equal(await page.locator("g.premium-line path").count(), 3);
      const spread = page.getByRole("region", { name: "Executable spread" });
      assert.equal(await spread.locator("tbody tr").count(), 6);
      assert.ok(await page.getByText(/^Indicative:/).isVisible());
      await page.close();
    });

    await t.step(
      "a model that does not beat persistence is shown as such",
      async () => {
        const page = await browser!.newPage();
        await page.goto(`${away.origin}/en/forecasts`);
        const rows = page.getByRole("region", { name: "Skill" })
          .locator("tbody tr");
        await rows.first().waitFor();
        const texts = await rows.allTextContents();
        assert.ok(
          texts.some((text) => /^HAR.*better than persistence/.test(text)),
        );
        assert.ok(
          texts.some((text) => /^GRU.*(does not beat|worse than)/.test(text)),
          texts.join("\n"),
        );
        await page.close();
      },
    );

    await t.step(
      "data of an older version says what is not there",
      async () => {
        const folder = await Deno.makeTempDir({ prefix: "crowdtape-older-" });
        await olderSite(site.data, folder);
        const older = serveSite(`${folder}/dist`, "http://127.0.0.1:9");
        for (
          const [path, mart] of [
            ["coin/upbit-KRW-BTC", "signals"],
            ["talk", "correlation"],
            ["premium", "premium"],
            ["forecasts", "forecasts"],
          ]
        ) {
          const page = await browser!.newPage();
          const seen = watch(page);
          await page.goto(`${older.origin}/en/${path}`);
          await page.getByText(`this data has no mart “${mart}”`).waitFor();
          assert.deepEqual(seen.complaints, [], path);
          await page.close();
        }
        await older.stop();
        await Deno.remove(folder, { recursive: true });
      },
    );

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
  for (
    const path of [
      "/en/",
      "/ko/coin/upbit-KRW-BTC",
      "/en/talk",
      "/ko/premium",
      "/en/forecasts",
    ]
  ) {
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
