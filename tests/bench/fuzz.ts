/** `deno task bench fuzz`: damaged texts of every source, by the hundred thousand. */
import { CliError } from "../../collector/cli/errors.ts";
import type { Figure } from "./figures.ts";
import { fuzz } from "./fuzz_texts.ts";
import { fuzzSources } from "./fuzz_sources.ts";

/**
 * Damages `texts` texts of each source.
 * @throws {CliError} when one of them is neither read nor refused.
 */
export async function benchFuzz(
  seed: number,
  texts = 200_000,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const source of await fuzzSources()) {
    const began = performance.now();
    const { read, rejects, events, slowestMs, failures } = fuzz(
      source,
      texts,
      seed,
    );
    const [failure] = failures;
    if (failure) {
      throw new CliError(
        `${source.name}, seed ${seed}: ${failures.length} kinds of damage are neither read nor refused; the first is ` +
          `${failure.why} for ${JSON.stringify(failure.text.slice(0, 300))}.`,
      );
    }
    figures.push({
      work: `damaged texts, ${source.name}`,
      value: texts / ((performance.now() - began) / 1000),
      unit: "texts/s",
      note: `seed ${seed}: ${texts.toLocaleString("en-US")} texts, ` +
        `${read.toLocaleString("en-US")} read, ${
          events.toLocaleString("en-US")
        } events, ${rejects.toLocaleString("en-US")} rejects, ` +
        `no other exception, the slowest ${slowestMs.toFixed(0)} ms`,
    });
  }
  return figures;
}
