/** What of a mart was published: fingerprints by day and by hour, so that the next time only what has changed is written. */
import type postgres from "postgres";
import type { PublishedMart } from "../collector/api/published_marts.ts";
import type { Lake } from "./lake/lake.ts";
import { identifier, literal } from "./lake/tables.ts";
import { fingerprint } from "./units/declaration.ts";
import { printSql } from "./units/prints.ts";
import { NO_DAY, readUnits } from "./units/records.ts";
import { dayFile } from "./units/session.ts";

/** Rows of one hour and one length of buckets; of what has no time all rows. */
export interface Slot {
  /** Length of the buckets; "" where there is none. */
  bucket: string;
  /** Start of the hour, `yyyy-mm-dd hh:mm:ss` UTC. */
  hour: string;
  print: string;
}

/** Fingerprints, as the database keeps them. */
export interface Parts {
  version: string;
  /** By UTC day, `yyyy-mm-dd`. */
  days: Map<string, string>;
  /** By {@link slotKey}. */
  slots: Map<string, Slot>;
}

export const slotKey = ({ bucket, hour }: Omit<Slot, "print">): string =>
  `${bucket} ${hour}`;

/** What was published last. */
export async function readParts(
  tx: postgres.TransactionSql,
  mart: string,
): Promise<Parts> {
  const rows = await tx`
    select kind, bucket, to_char(ts at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') as at, print
    from published_parts where mart = ${mart}`;
  const parts: Parts = { version: "", days: new Map(), slots: new Map() };
  for (const { kind, bucket, at, print } of rows) {
    if (kind === "version") parts.version = print;
    else if (kind === "day") parts.days.set(at.slice(0, 10), print);
    else {parts.slots.set(slotKey({ bucket, hour: at }), {
        bucket,
        hour: at,
        print,
      });}
  }
  return parts;
}

/** Keeps what is published now, writing only what differs from before. */
export async function writeParts(
  tx: postgres.TransactionSql,
  mart: string,
  before: Parts,
  now: Parts,
): Promise<void> {
  const rowsOf = ({ version, days, slots }: Parts) => [
    ["version", "", "1970-01-01", version] as const,
    ...[...days].map(([day, print]) => ["day", "", day, print] as const),
    ...[...slots.values()].map((slot) =>
      ["hour", slot.bucket, slot.hour, slot.print] as const
    ),
  ];
  const keyed = (parts: Parts) =>
    new Map(rowsOf(parts).map((row) => [row.slice(0, 3).join("\t"), row]));
  const old = keyed(before), fresh = keyed(now);
  const columns = (rows: (readonly string[])[]) =>
    [0, 1, 2, 3].map((i) => rows.map((row) => row[i]!));
  const gone = columns(
    [...old].filter(([key]) => !fresh.has(key)).map(([, row]) => row),
  );
  if (gone[0]!.length > 0) {
    await tx`delete from published_parts p using unnest(${gone[
      0
    ]!}::text[], ${gone[1]!}::text[], ${gone[2]!}::text[])
      as g (kind, bucket, at) where p.mart = ${mart} and p.kind = g.kind and p.bucket = g.bucket
      and p.ts = (g.at || '+00')::timestamptz`;
  }
  const changed = columns(
    [...fresh].filter(([key, row]) => old.get(key)?.[3] !== row[3])
      .map(([, row]) => row),
  );
  if (changed[0]!.length > 0) {
    await tx`insert into published_parts (mart, kind, bucket, ts, print)
      select ${mart}, kind, bucket, (at || '+00')::timestamptz, print
      from unnest(${changed[0]!}::text[], ${changed[1]!}::text[], ${changed[
      2
    ]!}::text[], ${changed[3]!}::text[])
        as c (kind, bucket, at, print)
      on conflict (mart, kind, bucket, ts) do update set print = excluded.print`;
  }
}

/** A mart's days with the fingerprints of their files; null where it is not made by the day. */
export async function daysOf(
  data: string,
  mart: string,
): Promise<Map<string, string> | null> {
  const units = await readUnits(data, mart);
  if (!units?.has(NO_DAY)) return null;
  const days = new Map<string, string>();
  for (const [day, shards] of units) {
    const made = [...shards].filter(([, unit]) => unit.rows > 0)
      .map(([shard, unit]) => `${shard}\t${unit.made}`);
    if (made.length > 0) days.set(day, fingerprint(...made.sort()));
  }
  return days;
}

/** A fingerprint of all that marts hold; null where it is not known. */
export async function printOfAll(
  data: string,
  marts: string[],
): Promise<string | null> {
  const texts: string[] = [];
  for (const mart of marts) {
    const units = await readUnits(data, mart);
    if (!units) return null;
    for (const [day, shards] of units) {
      for (const [shard, unit] of shards) texts.push(day, shard, unit.made);
    }
  }
  return fingerprint(...texts);
}

/** The rows of some days of a mart, in SQL. */
export const rowsOfDays = (
  data: string,
  mart: string,
  days: string[],
): string =>
  `read_parquet([${
    [NO_DAY, ...days].map((day) => literal(dayFile(data, mart, day))).join(", ")
  }], hive_partitioning = false)`;

/** The fingerprints of the rows of a query, by hour and length of buckets. */
export async function slotsOf(
  { connection }: Lake,
  query: string,
  { bucket, timed }: PublishedMart,
  columns: string[],
): Promise<Slot[]> {
  const reader = await connection.runAndReadAll(
    `select ${bucket ? identifier(bucket) : "''"}, ${
      timed
        ? "strftime(date_trunc('hour', ts), '%Y-%m-%d %H:%M:%S')"
        : "'1970-01-01 00:00:00'"
    }, ${printSql(columns)} from (${query}) group by 1, 2`,
  );
  return (reader.getRowsJson() as [string, string, string][])
    .map(([bucket, hour, print]) => ({ bucket, hour, print }));
}
