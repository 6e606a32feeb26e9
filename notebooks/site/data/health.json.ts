/** What was observed and what was not: the ledger's strips, gaps, communities and rejects. */
import { openMarts } from "../../marts.ts";

/** Strips shown; of more, those with the most that is open or lost, then the least observed. */
const STREAMS = 60;
/** Rows of gaps listed: the open ones, then the newest. */
const GAPS = 120;
/** The states, in the order of the figures. */
const PARTS = ["observed", "repaired", "unrecoverable", "open", "unknown"];
/** Seconds of a cell where everything is shown. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
  .concat([14400, 21600, 43200, 86400, 172800, 604800]);

const marts = await openMarts();
const { query, queryMart } = marts;

/** Cells of `step` seconds from `from` on, which is seconds since 1970. */
interface Axis {
  from: number;
  step: number;
  n: number;
}

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
  const [observed = 0, repaired = 0, lost = 0, open = 0, unknown = 0] = seconds;
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
const chosen = await queryMart(
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
const keyOf = (row: Record<string, unknown>) =>
  `${row.venue} ${row.market} ${row.channel}`;
const places = new Map((chosen ?? []).map((row, i) => [keyOf(row), i]));

/** Each chosen stream's cells and seconds on an axis; the time before the ledger began counts for nothing. */
async function strips(axis: Axis) {
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

const ranges: Record<string, unknown> = {};
if (places.size > 0) {
  for (
    const [range, axis] of Object.entries({
      "1h": endingAt(last, 60, 60),
      "1d": endingAt(last, 300, 288),
      "7d": endingAt(last, 3600, 168),
      all: whole(first, last),
    })
  ) ranges[range] = await strips(axis);
}

// A socket's end is a row of each of its markets, of which there may be hundreds.
const gaps = await query(
  `select venue, channel, epoch_ms(from_ts)::double as from, epoch_ms(to_ts)::double as to,
     reason, state, note, max(clock_offset_ms)::integer as clock, count(*)::integer as n, sum(recovered)::integer as recovered,
     list(market order by market)[:3] as markets
   from lake.gaps
   group by venue, channel, from_ts, to_ts, reason, state, note
   order by state <> 'open', from_ts desc, venue, channel limit ${GAPS}`,
);
const ids = await query(
  `select venue, market, first_id::varchar as first, last_id::varchar as last, missing::varchar as missing,
     epoch_ms(checked_at)::double as at
   from lake.id_checks order by venue, missing > 0 desc, market`,
);
const states = await query(
  "select state, count(*)::integer as n from lake.gaps group by state",
);

/** Communities: the last seven days, hour by hour. */
const [newest] = await queryMart(
  "count_coverage",
  "select epoch(max(ts))::double + 3600 as last from marts.count_coverage",
) ?? [];
const hours = endingAt(Number(newest?.last ?? 0), 3600, 168);
const counted = await queryMart(
  "count_coverage",
  `select source, query, (epoch(ts)::bigint - ${hours.from}) // 3600 as i, complete, incomplete, missing
   from marts.count_coverage where epoch(ts) >= ${hours.from} order by source, query, ts`,
);
const untils = await query(
  `select source, query, epoch_ms(max(ts))::double + 60000 as until from lake.counts
   where bucket = '1m' group by all`,
);
const series = new Map<
  string,
  {
    source: unknown;
    query: unknown;
    until: unknown;
    cells: string[];
    minutes: number[];
  }
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
  const parts = [row.complete, row.incomplete, row.missing].map(Number);
  parts.forEach((n, k) => one.minutes[k]! += n);
  const [complete = 0, incomplete = 0, missing = 0] = parts;
  const mark = missing > 0 ? "u" : incomplete > 0 ? "i" : "o";
  one.cells[Number(row.i)] = mark !== "o" && incomplete + missing >= complete
    ? mark.toUpperCase()
    : mark;
}

const rejects = await query(
  `select source, count(*)::integer as n,
     (count(*) filter (received_at > (select to_timestamp(greatest(${last}, max(epoch(received_at)))) from lake.rejects) - interval 1 day))::integer as day,
     epoch_ms(max(received_at))::double as newest
   from lake.rejects group by source order by n desc, source`,
);
marts.close();

console.log(JSON.stringify({
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
}));
