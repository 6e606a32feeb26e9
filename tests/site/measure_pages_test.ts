/// <reference lib="dom" />
/** What the pages say of measures, in a real Chromium: and what they say where there are none. */
import assert from "node:assert/strict";
import { indicators } from "../../collector/indicators/list.ts";
import type { Browser } from "playwright-core";
import { MARTS } from "../../notebooks/marts.ts";
import { test } from "../support/requirements.ts";
import { openBrowser, serveSite, watch } from "../support/pages_browser.ts";
import {
  buildAt,
  sharedBareSite,
  sharedSite,
} from "../support/site_fixture.ts";

/** A site over the same marts without those that an older version did not make. */
async function olderSite(data: string, folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/data/marts`, { recursive: true });
  for (const mart of MARTS) {
    // One file or a folder of days.
    await new Deno.Command("sh", {
      args: ["-c", 'cp -r "$1" "$1".parquet "$2" 2> /dev/null', "sh"].concat(
        `${data}/marts/${mart}`,
        `${folder}/data/marts/`,
      ),
    }).output();
  }
  await new Deno.Command("cp", {
    args: ["-r", `${data}/lake`, `${folder}/data/lake`],
  }).output();
  await buildAt(`${folder}/data`, `${folder}/dist`);
}

test("measures on the pages", ["chromium"], async (t) => {
  const site = await sharedSite();
  const away = serveSite(site.dist, "http://127.0.0.1:9");
  let browser: Browser | undefined;
  try {
    browser = await openBrowser();

    await t.step(
      "every indicator can be chosen and draws something",
      async () => {
        const page = await browser!.newPage();
        const seen = watch(page);
        await page.goto(`${away.origin}/en/coin/upbit-KRW-BTC?indicators=`);
        // Not those of the axes: another scale has more ticks or fewer.
        const shapes = ".chart svg :is(path[d], rect, line)" +
          ":not([aria-label*=axis] *, [aria-label*=grid] *)";
        await page.locator(".chart svg[role=img]").first().waitFor();
        const boxes = page.locator(".checks input");
        // Volume by price, signals and volume are no indicators.
        assert.equal(await boxes.count(), indicators.length + 3);
        for (const box of await boxes.all()) {
          const before = await page.locator(shapes).count();
          await box.check({ force: true });
          await page.waitForFunction(
            ([shapes, before]) =>
              document.querySelectorAll(shapes).length > before,
            [shapes, before] as const,
            { timeout: 10_000 },
          ).catch(async () =>
            assert.fail(`${await box.getAttribute("value")} draws nothing`)
          );
        }
        // The price, the volume, and each panel.
        assert.equal(
          await page.locator(".chart svg[role=img]").count(),
          2 + indicators.filter(({ drawn }) => !("over" in drawn)).length,
        );
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
        const answer = page.locator(".answer[role=status]");
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
        assert.match(
          (await coins.textContent())!,
          /lexicon score .*Korean: there is no independent sample.*English: of \d+ comments .* got a score \(95 %: .* were right \(/,
        );
        assert.ok(await coins.getByRole("row", { name: /BTC/ }).count() >= 2);
        assert.match(
          (await coins.textContent())!,
          /Bluesky.*ETH.*searched for by the names of coins/,
        );
        const again = page.getByRole("region", { name: "Most repeated" })
          .locator("tbody tr");
        assert.equal(await again.count(), 1);
        assert.match((await again.textContent())!, /^again DC Inside24/);
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
      const main = page.locator("#observablehq-main");
      const text = (await main.innerText()).replace(/\s+/g, " ");
      // A hole of six hours in a day, of which the first hour is not stale yet.
      const [, stale] = text.match(/official rate was stale in ([\d.]+)%/)!;
      assert.ok(Number(stale) > 18 && Number(stale) < 23, stale);
      const [, opposite] = text.match(/opposite signs in ([\d.]+)%/)!;
      assert.ok(Number(opposite) > 10, opposite);
      assert.match(text, /USD\/KRW \d+ min old, fx/);
      assert.match(text, /Upbit 0\.05% from 2025-01-01 0\.0008 BTC from/);
      assert.match(text, /UTC · \d\d:\d\d KST/);
      await page.close();
    });

    await t.step(
      "what is stale or disagrees now is said in words",
      async () => {
        const page = await browser!.newPage();
        await page.route("**/premium*.json", async (route) => {
          const response = await route.fetch();
          const data = await response.json();
          data.pairs[0].latest = {
            at: data.pairs[0].latest.at,
            fx: 0.02,
            usdt: -0.01,
            tether: 0.03,
            age: 1500,
            stale: true,
            disagree: true,
          };
          for (const spread of data.spreads) spread.stale = true;
          await route.fulfill({ response, json: data });
        });
        for (
          const [lang, ...said] of [
            ["en", "The official rate is 25 h old", "opposite signs: who pays"],
            ["ko", "공식 환율이 25시간 전의 것입니다", "부호가 서로 다릅니다"],
          ]
        ) {
          await page.goto(`${away.origin}/${lang}/premium`);
          const warnings = page.locator(".warning");
          for (const text of said) {
            await warnings.filter({ hasText: text }).waitFor();
          }
          const spread = page.locator("td").filter({
            hasText: lang === "en" ? "stale rate" : "오래된 환율",
          });
          assert.equal(await spread.count(), 6);
        }
        await page.close();
      },
    );

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
          texts.some((text) => /^other.*(does not beat|worse than)/.test(text)),
          texts.join("\n"),
        );
        // Skill, interval, adjusted p and n of each.
        assert.ok(
          texts.every((text) =>
            /\d … −?\d.*(< 0\.001|\d\.\d{3})\d+$/.test(text)
          ),
          texts.join("\n"),
        );
        await page.getByRole("radio", { name: "Direction" }).check();
        await page.getByText("Right side").waitFor();
        assert.match(
          (await page.locator("svg[role=img]").getAttribute("aria-label"))!,
          /^Direction of .* hours that were forecast/,
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
            ["health", "coverage_spans"],
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

    await t.step("the first five minutes are no error", async () => {
      const bare = serveSite(await sharedBareSite(), "http://127.0.0.1:9");
      for (
        const [path, ...said] of [
          ["", "158,000,000"],
          ["coin/upbit-KRW-BTC", "158,000,000"],
          [
            "talk",
            "아직 수집한 여론이 없어",
            "아직 비교할 것이 없습니다",
            "아직 센 코인 이름이 없습니다",
            "반복된 것이 없습니다",
          ],
          ["premium", "함께 수집하는 코인이 없습니다"],
          ["forecasts", "아직 예측이 없습니다"],
          [
            "health",
            "원장이 비어 있습니다",
            "아직 수집한 커뮤니티가 없습니다",
            "원장에 빠진 구간이 없습니다",
            "받은 것을 모두 읽었습니다",
          ],
        ]
      ) {
        const page = await browser!.newPage();
        const seen = watch(page);
        await page.goto(`${bare.origin}/ko/${path}`);
        for (const text of said) {
          await page.getByText(text).first().waitFor();
        }
        assert.deepEqual(seen.complaints, [], path);
        await page.close();
      }
      await bare.stop();
    });
  } finally {
    await browser?.close();
    await away.stop();
  }
}, { sanitizeOps: false, sanitizeResources: false });
