/** How far a venue's clock is from ours. */
import { pause } from "../model/pause.ts";
import { offsetInWords, type VenueClock } from "../model/venue_clock.ts";
import type { WatchDeps } from "./deps.ts";

/** Keeps how far a venue's clock is from ours, and warns where that is far, until the signal aborts. */
export async function measureClock(
  id: string,
  clock: VenueClock,
  { sql, store, signal, log }: WatchDeps,
): Promise<void> {
  let warned: number | null = null;
  let kept = -Infinity;
  while (!signal.aborted) {
    await pause(warned === null ? 1000 : 5000, signal);
    const { offset, method } = clock;
    if (offset === null || signal.aborted) continue;
    const ms = Math.round(offset / 1000);
    if (warned === null || Math.abs(ms - warned) > 2000) {
      const words = offsetInWords(offset);
      if (words) {
        log(
          `${id}: its clock is ${words}; nothing is lost by that, but check this machine's time (NTP)`,
        );
      } else if (warned !== null && Math.abs(warned) > 2000) {
        log(`${id}: its clock agrees with ours again`);
      }
      warned = ms;
      kept = -Infinity;
    }
    if (performance.now() - kept < 60_000) continue;
    kept = performance.now();
    try {
      await sql`
        insert into clock_offsets (source, collector, offset_ms, method)
        values (${id}, ${store.id}, ${ms}, ${method})
        on conflict (source, collector) do update set offset_ms = excluded.offset_ms,
          method = excluded.method, measured_at = clock_timestamp()`;
    } catch {
      // The database is away: the next minute's measurement takes its place.
    }
  }
}
