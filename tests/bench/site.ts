/**
 * What the site of 250 markets costs, for `deno task bench site`: built whole, and
 * after one more hour of data.
 */
import type { Figure } from "./figures.ts";
import { cpuOf, cpuOfTask, fillHours, marketsOf } from "./hour.ts";

/** Seconds and CPU seconds of the pages of so many markets. */
export async function benchSite(count = 250, days = 1): Promise<Figure[]> {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-bench-" });
  const markets = marketsOf(count);
  const site = async (...options: string[]) => {
    const started = performance.now();
    const cpu = await cpuOfTask(
      "notebooks/site.ts",
      data,
      "--output",
      `${data}/dist`,
      ...options,
    );
    return { cpu, seconds: (performance.now() - started) / 1000 };
  };
  try {
    await fillHours(data, 0, days * 24 - 1, markets);
    await cpuOf(data);
    await Deno.remove("notebooks/site/.observablehq/pages.json")
      .catch(() => {});
    const whole = await site();
    await fillHours(data, days * 24 - 1, days * 24, markets);
    await cpuOf(data);
    const later = await site();
    return [{
      work: `site of ${count} markets in two languages, built whole`,
      value: whole.seconds,
      unit: "s",
      aim: 90,
      note: `${whole.cpu.toFixed(1)} s of CPU`,
    }, {
      work: "the same after one more hour of data",
      value: later.seconds,
      unit: "s",
      aim: 5,
      baseline: { name: "built whole", value: whole.seconds },
      note: `${later.cpu.toFixed(1)} s of CPU`,
    }];
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}
