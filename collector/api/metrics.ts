/** `/metrics`: what `/healthz` says, as Prometheus reads it. */
import type postgres from "postgres";
import { masked } from "../cli/secrets.ts";
import { feeds } from "./feeds.ts";
import { gapCounts, silence } from "./health.ts";
import { stepRuns } from "./runs.ts";

/** One Prometheus sample. */
export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  labels: Record<string, string>;
  value: number;
}

/** The streams, the ledger and what could not be read, in Prometheus' text format. */
export async function metricsText(
  sql: postgres.Sql,
  further: Metric[],
): Promise<string> {
  const samples: Metric[] = [];
  for (const { venue, all, up } of (await silence(sql)).sockets) {
    const sample = { type: "gauge", labels: { venue } } as const;
    samples.push({
      ...sample,
      name: "crowdtape_sockets",
      help: "Sockets that there should be.",
      value: all,
    }, {
      ...sample,
      name: "crowdtape_sockets_up",
      help: "Sockets that are open.",
      value: up,
    });
  }
  for (const f of await feeds(sql)) {
    const labels = { source: f.source, stream: f.stream, channel: f.channel };
    samples.push({
      name: "crowdtape_events_total",
      help: "Events received since the database was made.",
      type: "counter",
      labels,
      value: Number(f.events),
    }, {
      name: "crowdtape_last_event_age_seconds",
      help: "Seconds since the last event was received.",
      type: "gauge",
      labels,
      value: f.age_seconds,
    });
    if (f.mute_after_seconds !== null) {
      samples.push({
        name: "crowdtape_mute_after_seconds",
        help:
          "Seconds of silence beyond which a stream is mute, by its own pauses.",
        type: "gauge",
        labels,
        value: f.mute_after_seconds,
      });
    }
  }
  const rejects =
    await sql`select source, count(*)::int as count from rejects group by source`;
  for (const row of rejects) {
    samples.push({
      name: "crowdtape_rejects",
      help: "Frames, rows and pages that could not be read.",
      type: "gauge",
      labels: { source: row.source },
      value: row.count,
    });
  }
  for (
    const { venue, channel, state, gaps, seconds } of await gapCounts(sql)
  ) {
    const labels = { venue, channel, state };
    samples.push({
      name: "crowdtape_gaps",
      help: "Gaps of the ledger.",
      type: "gauge",
      labels,
      value: gaps,
    }, {
      name: "crowdtape_gap_seconds",
      help: "Length of the ledger's gaps together.",
      type: "gauge",
      labels,
      value: seconds,
    });
  }
  for (const run of await stepRuns(sql)) {
    const sample = { type: "gauge", labels: { step: run.step } } as const;
    const since = run.success_age_seconds, took = run.success_seconds;
    if (since !== null && took !== null) {
      samples.push({
        ...sample,
        name: "crowdtape_run_last_success_age_seconds",
        help: "Seconds since a step of the chain was done.",
        value: since,
      }, {
        ...sample,
        name: "crowdtape_run_last_success_seconds",
        help: "How long it took then.",
        value: took,
      });
    }
    samples.push({
      ...sample,
      name: "crowdtape_run_failures_last_day",
      help: "Runs of a step that failed or were abandoned in the last day.",
      value: run.failures_last_day,
    });
  }
  return prometheus([...samples, ...further]);
}

/** The Prometheus text format: each name's help and type once, then its samples. */
function prometheus(samples: Metric[]): string {
  const names = new Map<string, Metric[]>();
  for (const sample of samples) {
    names.set(sample.name, [...(names.get(sample.name) ?? []), sample]);
  }
  const escaped = (text: string) =>
    text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(
      "\n",
      "\\n",
    );
  let text = "";
  for (const [name, [first, ...rest]] of names) {
    if (!first) continue;
    text += `# HELP ${name} ${first.help}\n# TYPE ${name} ${first.type}\n`;
    for (const { labels, value } of [first, ...rest]) {
      const pairs = Object.entries(labels).map(([key, label]) =>
        `${key}="${escaped(masked(label))}"`
      );
      text += `${name}${
        pairs.length > 0 ? `{${pairs.join(",")}}` : ""
      } ${value}\n`;
    }
  }
  return text;
}
