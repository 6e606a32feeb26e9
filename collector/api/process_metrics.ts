/** What a collecting process counts itself, for Prometheus. */
import type { Store } from "../store/store.ts";
import type { Watch } from "../watch/watch.ts";
import type { Metric } from "./metrics.ts";

/** The metrics of a store and of the venues that are watched, since the process began. */
export function processMetrics(store: Store, watches: Watch[]): Metric[] {
  const { counters } = store;
  const metrics: Metric[] = [];
  for (const [kind, value] of Object.entries(counters.rows)) {
    metrics.push({
      name: "crowdtape_rows_written_total",
      help: "Rows new or changed since this process began.",
      type: "counter",
      labels: { kind },
      value,
    });
  }
  const plain = (
    name: string,
    help: string,
    type: Metric["type"],
    value: number,
    labels = {},
  ) => metrics.push({ name, help, type, labels, value });
  plain(
    "crowdtape_backlog_events",
    "Events received and not yet committed.",
    "gauge",
    store.backlog,
  );
  plain(
    "crowdtape_spool_bytes",
    "What waits on disk for the database.",
    "gauge",
    store.spooled.bytes,
  );
  for (const [source, value] of Object.entries(counters.rejects)) {
    plain(
      "crowdtape_rejects_total",
      "What could not be read since this process began, also what was too much to be kept.",
      "counter",
      value,
      { source },
    );
  }
  for (const [kind, value] of Object.entries(counters.evicted)) {
    plain(
      "crowdtape_evicted_total",
      "Events evicted because the spool was full; each is in a gap.",
      "counter",
      value,
      { kind },
    );
  }
  plain(
    "crowdtape_write_retries_total",
    "Writes repeated because the database was away.",
    "counter",
    counters.retries,
  );
  for (const { venue, counters, clock } of watches) {
    if (clock.offset !== null) {
      plain(
        "crowdtape_clock_offset_seconds",
        "The venue's clock less ours.",
        "gauge",
        clock.offset / 1e6,
        { venue },
      );
    }
    plain(
      "crowdtape_reconnects_total",
      "Sockets lost since this process began.",
      "counter",
      counters.lost,
      { venue },
    );
    plain(
      "crowdtape_trades_recovered_total",
      "Trades that a refill brought and nobody had.",
      "counter",
      counters.recovered,
      { venue },
    );
    plain(
      "crowdtape_trades_undelivered_total",
      "Trades that no socket delivered, found on the venue's pages.",
      "counter",
      counters.undelivered,
      { venue },
    );
    plain(
      "crowdtape_candle_mismatches_total",
      "Candles from trades that differ from the venue's.",
      "counter",
      counters.mismatches,
      { venue },
    );
  }
  return metrics;
}
