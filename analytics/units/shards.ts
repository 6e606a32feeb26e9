/**
 * Names of shards: "" for all there is, `<venue> <market>` for a market, and after
 * a tab the interval, where a market's bars of one length are a shard of their own.
 */
import { literal } from "../lake/tables.ts";

/** The market that a shard is of. */
export const marketOf = (shard: string): string => shard.split("\t")[0]!;

/** The interval that a shard is of; "" where it is not of one alone. */
export const intervalOf = (shard: string): string => shard.split("\t")[1] ?? "";

/** A market as venue and code. */
export function partsOf(shard: string): [venue: string, market: string] {
  const market = marketOf(shard);
  const at = market.indexOf(" ");
  return [market.slice(0, at), market.slice(at + 1)];
}

/**
 * A row's shard, in SQL; "" where rows are of no market.
 * @param limited intervals that are shards of their own.
 */
export function shardSql(
  columns: ReadonlySet<string>,
  limited: readonly string[] = [],
): string {
  if (!columns.has("market") || !columns.has("venue")) return "''";
  const market = "venue || ' ' || market";
  return limited.length === 0
    ? market
    : `${market} || case when interval in (${
      limited.map(literal).join(", ")
    }) then chr(9) || interval else '' end`;
}

const tuples = (shards: readonly string[], interval = false) =>
  shards.map((shard) =>
    `(${
      [...partsOf(shard), ...interval ? [intervalOf(shard)] : []].map(literal)
        .join(", ")
    })`
  ).join(", ");

/**
 * SQL for "a row of one of these shards".
 * @param limited intervals that are shards of their own.
 */
export function isOneOf(
  shards: Iterable<string>,
  limited: readonly string[] = [],
): string {
  const all = [...shards];
  if (limited.length === 0) return `(venue, market) in (${tuples(all)})`;
  const single = all.filter((shard) => intervalOf(shard) !== "");
  const others = all.filter((shard) => intervalOf(shard) === "");
  return `(${
    [
      ...others.length > 0
        ? [
          `((venue, market) in (${tuples(others)}) and interval not in (${
            limited.map(literal).join(", ")
          }))`,
        ]
        : [],
      ...single.length > 0
        ? [`(venue, market, interval) in (${tuples(single, true)})`]
        : [],
    ].join(" or ") || "false"
  })`;
}
