/** What was observed and what was not: the ledger's strips, gaps, communities and rejects. */
import { type Marts, print } from "../../marts.ts";

/** Timelines shown; of more, those with the most that is open or lost, then the least observed. */
const STREAMS = 60;
/** Runs of the chain listed, the newest. */
const RUNS = 20;
/** Rows of gaps listed: the open ones, then the newest. */
const GAPS = 120;
/** The states, in the order of the figures. */
const PARTS = ["observed", "repaired", "unrecoverable", "open", "unknown"];
/** Seconds of a cell where everything is shown. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
  .concat([14400, 21600, 43200, 86400, 172800, 604800]);

/** What the Data health page reads; all times are milliseconds UTC. */
export interface HealthData {
  /** Streams of the ledger, of which `streams` are shown. */
  of: number;
  /** The ledger's first moment and its last. */
  first: number;
  last: number;
  /** Null where the mart has not been made. */
  streams: Stream[] | null;
  /** Empty where the ledger is. */
  ranges: Partial<Record<HealthSpan, Coverage>>;
  ids: IdCheck[];
  gaps: Gap[];
  /** Gaps by their state. */
  states: Partial<Record<GapState, number>>;
  /** The communities' last seven days, an hour a cell. */
  hours: Cells & { series: CountedHours[] | null };
  rejects: Rejects[];
  /** The newest runs of the chain that had ended when the lake was written. */
  runs: Run[];
}

/** An attempt at a step of the chain. */
export interface Run {
  step: string;
  attempt: number;
  state: "done" | "failed" | "abandoned";
  from: number;
  to: number;
  units: number | null;
  rows: number | null;
}

/** The spans that the page offers. */
export type HealthSpan = "1h" | "1d" | "7d" | "all";

/** A channel of a market at a venue. */
export interface Stream {
  venue: string;
  market: string;
  channel: string;
  /** Its newest observed moment; null where it was never seen. */
  until: number | null;
}

/** Cells of `step` milliseconds from `from` on. */
export interface Cells {
  from: number;
  step: number;
  n: number;
}

/** Every stream's cells, and the seconds of each state: of all streams together and of each. */
export interface Coverage extends Cells {
  all: number[];
  /** In the order of `HealthData.streams`. */
  streams: { cells: string; seconds: number[] }[];
}

/** What a gap can be. */
export type GapState = "open" | "unrecoverable" | "repaired";

/** Gaps of one venue and channel with the same times, reason and outcome. */
export interface Gap {
  venue: string;
  channel: string;
  from: number;
  /** Null while it is under way. */
  to: number | null;
  /** A code and its details: why it is there. */
  reason: string;
  detail: object;
  state: GapState;
  /** A code and its details: what became of it, or why it is still open. */
  note: string | null;
  noteDetail: object;
  /** The venue's clock less the collector's, in milliseconds. */
  clock: number | null;
  /** Its gaps, of which `markets` names the first. */
  n: number;
  recovered: number;
  markets: string[];
}

/** The trade ids of a market that leaves none out; ids and counts as exact text. */
export interface IdCheck {
  venue: string;
  market: string;
  first: string;
  last: string;
  missing: string;
  at: number;
}

/** What was counted of a query, hour by hour. */
export interface CountedHours {
  source: string;
  query: string;
  until: number | null;
  cells: string;
  /** Minutes that were seen whole, seen in part, and not seen. */
  minutes: [complete: number, incomplete: number, missing: number];
}

/** What could not be read of a source, in all and in the last day. */
export interface Rejects {
  source: string;
  n: number;
  day: number;
  newest: number;
}

/** Cells of `step` seconds from `from` on, which is seconds since 1970. */
interface Axis {
  from: number;
  step: number;
  n: number;
}

/** Reads it. */
export async function read(marts: Marts): Promise<HealthData> {
  const { query, queryMart } = marts;

  /** The axis of `n` cells whose last one holds the moment `to`. */
  const endingAt = (to: number, step: number, n: number): Axis => ({
    from: (Math.ceil(to / step) - n) * step,
    step,
    n,
  });

  /** The axis from the first moment to the last, in about 150 cells. */
  function whole(first: number, last: number): Axis {
    const step = STEPS.find((s) => (last - first) / s <= 150) ?? STEPS.at(-1)!;
    const from = Math.floor(first / step) * step;
    return { from, step, n: Math.max(1, Math.ceil((last - from) / step)) };
  }

  /**
   * A cell shows the worst that is in it, however short: o observed, r repaired,
   * u unknown, l lost, p open; a capital where that fills half of it or more.
   */
  function cell(seconds: number[]): string {
    const [observed = 0, repaired = 0, lost = 0, open = 0, unknown = 0] =
      seconds;
    const all = observed + repaired + lost + open + unknown;
    if (all === 0) return ".";
    const missing = lost + open + unknown;
    const [mark, much] = open > 0
      ? ["p", missing]
      : lost > 0
      ? ["l", missing]
      : unknown > 0
      ? ["u", missing]
      : repaired > 0
      ? ["r", repaired]
      : ["o", 0];
    return much >= all / 2 ? mark.toUpperCase() : mark;
  }

  const sums = PARTS.map((part) =>
    `coalesce(sum(seconds) filter (state = '${part}'), 0)::double as ${part}`
  ).join(", ");
  const partsOf = (row: Record<string, unknown>) =>
    PARTS.map((part) => Number(row[part]));

  const [ledger] = await queryMart(
    "coverage_spans",
    `select epoch_us(min(from_ts))::double / 1e6 as first, epoch_us(max(to_ts))::double / 1e6 as last
   from marts.coverage_spans`,
  ) ?? [];

  const first = Number(ledger?.first ?? 0);
  const last = Number(ledger?.last ?? 0);
  const chosen = await queryMart<Stream & { of: number }>(
    "coverage_spans",
    `select *, count(*) over ()::integer as of from (
     select venue, market, channel,
       epoch_ms(max(to_ts) filter (state = 'observed'))::double as until,
       ${
      ["open", "unrecoverable", "observed"].map((state) =>
        `coalesce(sum(epoch(to_ts) - epoch(from_ts)) filter (state = '${state}'), 0) as ${state}`
      ).join(", ")
    }
     from marts.coverage_spans group by all)
   qualify row_number() over (
     order by open desc, unrecoverable desc, observed, venue, market, channel) <= ${STREAMS}
   order by venue desc, market, array_position(['trade', 'book', 'ticker'], channel), channel`,
  );
  const keyOf = (
    row: { venue?: unknown; market?: unknown; channel?: unknown },
  ) => `${row.venue} ${row.market} ${row.channel}`;
  const places = new Map((chosen ?? []).map((row, i) => [keyOf(row), i]));

  /** Each chosen stream's cells and seconds on an axis; the time before the ledger began counts for nothing. */
  async function timelines(axis: Axis): Promise<Coverage> {
    const end = axis.from + axis.step * axis.n;
    const rows = await query(
      `with cut as (
       select venue, market, channel, state,
         greatest(epoch_us(from_ts) / 1e6, ${axis.from}) as a, least(epoch_us(to_ts) / 1e6, ${end}) as b
       from marts.coverage_spans
     ), pieces as (
       select venue, market, channel, state, i,
         least(b, ${axis.from} + (i + 1) * ${axis.step}) - greatest(a, ${axis.from} + i * ${axis.step}) as seconds
       from (select *, unnest(generate_series(
         floor((a - ${axis.from}) / ${axis.step})::integer,
         ceil((b - ${axis.from}) / ${axis.step})::integer - 1)) as i from cut where a < b)
     )
     select venue, market, channel, i, ${sums} from pieces group by all order by all`,
    );
    const streams = (chosen ?? []).map(() => ({
      cells: Array<string>(axis.n).fill("."),
      seconds: [0, 0, 0, 0, 0],
    }));
    const all = [0, 0, 0, 0, 0];
    for (const row of rows) {
      const parts = partsOf(row);
      parts.forEach((s, k) => all[k]! += s);
      const stream = streams[places.get(keyOf(row)) ?? -1];
      if (!stream) continue;
      stream.cells[Number(row.i)] = cell(parts);
      parts.forEach((s, k) => stream.seconds[k]! += s);
    }
    const milliseconds = (seconds: number[]) =>
      seconds.map((s) => Math.round(s * 1000) / 1000);
    return {
      from: axis.from * 1000,
      step: axis.step * 1000,
      n: axis.n,
      all: milliseconds(all),
      streams: streams.map(({ cells, seconds }) => ({
        cells: cells.join(""),
        seconds: milliseconds(seconds),
      })),
    };
  }

  const ranges: HealthData["ranges"] = {};
  if (places.size > 0) {
    ranges["1h"] = await timelines(endingAt(last, 60, 60));
    ranges["1d"] = await timelines(endingAt(last, 300, 288));
    ranges["7d"] = await timelines(endingAt(last, 3600, 168));
    ranges.all = await timelines(whole(first, last));
  }

  // A socket's end is a row of each of its markets, of which there may be hundreds.
  const gapRows = await query<
    Omit<Gap, "detail" | "noteDetail"> & {
      detail: string | null;
      noteDetail: string | null;
    }
  >(
    `select venue, channel, epoch_ms(from_ts)::double as from, epoch_ms(to_ts)::double as to,
     reason, detail, state, note, note_detail as "noteDetail", max(clock_offset_ms)::integer as clock, count(*)::integer as n, sum(recovered)::integer as recovered,
     list(market order by market)[:3] as markets
   from lake.gaps
   group by venue, channel, from_ts, to_ts, reason, detail, state, note, note_detail
   order by state <> 'open', from_ts desc, venue, channel limit ${GAPS}`,
  );
  // An older lake has no details.
  const gaps: Gap[] = gapRows.map(({ detail, noteDetail, ...gap }) => ({
    ...gap,
    detail: JSON.parse(detail ?? "{}"),
    noteDetail: JSON.parse(noteDetail ?? "{}"),
  }));
  const ids = await query<IdCheck>(
    `select venue, market, first_id::varchar as first, last_id::varchar as last, missing::varchar as missing,
     epoch_ms(checked_at)::double as at
   from lake.id_checks order by venue, missing > 0 desc, market`,
  );
  const states = await query<{ state: GapState; n: number }>(
    "select state, count(*)::integer as n from lake.gaps group by state",
  );

  /** Communities: the last seven days, hour by hour. */
  const [newest] = await queryMart(
    "count_coverage",
    "select epoch(max(ts))::double + 3600 as last from marts.count_coverage",
  ) ?? [];
  const hours = endingAt(Number(newest?.last ?? 0), 3600, 168);
  const counted = await queryMart<{
    source: string;
    query: string;
    i: string;
    complete: string;
    incomplete: string;
    missing: string;
  }>(
    "count_coverage",
    `select source, query, (epoch(ts)::bigint - ${hours.from}) // 3600 as i, complete, incomplete, missing
   from marts.count_coverage where epoch(ts) >= ${hours.from} order by source, query, ts`,
  );
  const untils = await query<
    { source: string; query: string; until: number }
  >(
    `select source, query, epoch_ms(max(ts))::double + 60000 as until from lake.counts
   where bucket = '1m' group by all`,
  );
  const series = new Map<
    string,
    Omit<CountedHours, "cells"> & { cells: string[] }
  >();
  for (const row of counted ?? []) {
    const key = `${row.source} ${row.query}`;
    if (!series.has(key)) {
      series.set(key, {
        source: row.source,
        query: row.query,
        until: untils.find((u) =>
          u.source === row.source && u.query === row.query
        )
          ?.until ?? null,
        cells: Array<string>(hours.n).fill("."),
        minutes: [0, 0, 0],
      });
    }
    const one = series.get(key)!;
    const complete = Number(row.complete);
    const incomplete = Number(row.incomplete);
    const missing = Number(row.missing);
    one.minutes[0] += complete;
    one.minutes[1] += incomplete;
    one.minutes[2] += missing;
    const mark = missing > 0 ? "u" : incomplete > 0 ? "i" : "o";
    one.cells[Number(row.i)] = mark !== "o" && incomplete + missing >= complete
      ? mark.toUpperCase()
      : mark;
  }

  const rejects = await query<Rejects>(
    `select source, count(*)::integer as n,
     (count(*) filter (received_at > (select to_timestamp(greatest(${last}, max(epoch(received_at)))) from lake.rejects) - interval 1 day))::integer as day,
     epoch_ms(max(received_at))::double as newest
   from lake.rejects group by source order by n desc, source`,
  );
  const runs = await query<Run>(
    `select step, attempt, state, epoch_ms(started_at)::double as from, epoch_ms(ended_at)::double as to,
     units::double as units, rows::double as rows
   from lake.runs where state <> 'running' order by run_id desc limit ${RUNS}`,
  );
  return {
    of: chosen?.[0]?.of ?? 0,
    first: first * 1000,
    last: last * 1000,
    streams: chosen && chosen.map(({ venue, market, channel, until }) => ({
      venue,
      market,
      channel,
      until,
    })),
    ranges,
    ids,
    gaps,
    states: Object.fromEntries(states.map((row) => [row.state, row.n])),
    hours: {
      from: hours.from * 1000,
      step: hours.step * 1000,
      n: hours.n,
      series: counted &&
        [...series.values()].map((one) => ({
          ...one,
          cells: one.cells.join(""),
        })),
    },
    rejects,
    runs,
  };
}

if (import.meta.main) await print(read);
