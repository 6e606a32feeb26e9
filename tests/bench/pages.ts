/// <reference lib="dom" />
/**
 * How soon a page shows something, for `deno task bench pages`: a quarter of the
 * processor's speed, 1.6 Mbit/s, 150 ms, nothing cached; three loads each, the middle one counts.
 */
import type { Browser } from "playwright-core";
import { readPages } from "../../notebooks/site/pages.ts";
import { filesOf } from "../../notebooks/place_site.ts";
import { openBrowser, serveSite } from "../support/pages_browser.ts";
import type { Figure } from "./figures.ts";

/** What one load came to: milliseconds, a score, requests, and bytes as they were sent. */
interface Load {
  lcp: number;
  cls: number;
  requests: number;
  bytes: number;
}

async function load(browser: Browser, url: string): Promise<Load> {
  const context = await browser.newContext({
    viewport: { width: 390, height: 844 },
    serviceWorkers: "block",
  });
  try {
    const page = await context.newPage();
    const cdp = await context.newCDPSession(page);
    await cdp.send("Network.enable");
    await cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 150,
      downloadThroughput: 1.6e6 / 8,
      uploadThroughput: 0.75e6 / 8,
    });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
    const sent = new Map<string, { at: number; bytes: number }>();
    const zero = performance.now();
    cdp.on("Network.requestWillBeSent", ({ requestId, request }) => {
      if (!/^data:/.test(request.url) && !/\/v1\/live/.test(request.url)) {
        sent.set(requestId, { at: performance.now() - zero, bytes: 0 });
      }
    });
    cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
      const one = sent.get(requestId);
      if (one) one.bytes = encodedDataLength;
    });
    await page.addInitScript(() => {
      const seen = { lcp: 0, cls: 0 };
      Object.assign(globalThis, { seen });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) seen.lcp = entry.startTime;
      }).observe({ type: "largest-contentful-paint", buffered: true });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
          const shift = entry as PerformanceEntry & {
            value: number;
            hadRecentInput: boolean;
          };
          if (!shift.hadRecentInput) seen.cls += shift.value;
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(url, { waitUntil: "load", timeout: 120_000 });
    await page.waitForSelector("#observablehq-main h1", { timeout: 120_000 });
    await page.waitForTimeout(3000);
    const { lcp, cls } = await page.evaluate(() =>
      (globalThis as unknown as { seen: { lcp: number; cls: number } }).seen
    );
    const all = [...sent.values()];
    return {
      lcp,
      cls,
      requests: all.length,
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  } finally {
    await context.close();
  }
}

/** Every page of a built site; of the markets' pages the first. */
export async function benchPages(dist: string): Promise<Figure[]> {
  const site = serveSite(dist, "http://127.0.0.1:9");
  const browser = await openBrowser();
  try {
    const files = (await filesOf(dist)).filter((path) =>
      /^en\/.*\.html$/.test(path)
    );
    const figures: Figure[] = [];
    for (const { id, path, ofMarkets } of await readPages()) {
      const at = ofMarkets
        ? files.find((file) => file.startsWith(`en/${path}/`))!.slice(3, -5)
        : path;
      const loads: Load[] = [];
      for (let i = 0; i < 3; i++) {
        loads.push(await load(browser, `${site.origin}/en/${at}`));
      }
      const middle = (of: keyof Load) =>
        loads.map((one) => one[of]).sort((a, b) => a - b)[1]!;
      figures.push({
        work: `${id}: largest contentful paint`,
        value: middle("lcp") / 1000,
        unit: "s",
        aim: 2.5,
        note: `${middle("requests")} requests, ${
          Math.round(middle("bytes") / 1000)
        } kB sent`,
      }, {
        work: `${id}: layout shift`,
        value: middle("cls"),
        unit: "",
        aim: 0.1,
      });
    }
    return figures;
  } finally {
    await browser.close();
    await site.stop();
  }
}
