/** One mart into its table: what has changed since it was published last, hour by hour. */
import type postgres from "postgres";
import {
  type PublishedMart,
  type TableColumn,
  tableColumns,
} from "../collector/api/published_marts.ts";
import type { Lake } from "./lake/lake.ts";
import { identifier, literal } from "./lake/tables.ts";
import {
  daysOf,
  type Parts,
  printOfAll,
  readParts,
  rowsOfDays,
  type Slot,
  slotKey,
  slotsOf,
  writeParts,
} from "./published_parts.ts";
import { fingerprint } from "./units/declaration.ts";
import { NO_DAY } from "./units/records.ts";

/** What became of one table. */
export interface PublishReport {
  mart: string;
  /** Rows that are published now. */
  rows: number;
  /** Of these, new or other than before. */
  changed: number;
  /** Rows of before that are published no longer. */
  removed: number;
  seconds: number;
}

/** What is published of which marts. */
export interface Publication {
  of: PublishedMart;
  /** Marts that have to be there. */
  needs: string[];
  /** Over the marts, with the columns that are declared; left out: the mart itself, day by day. */
  query?: string;
}

/**
 * Days that are published of a bucket: `days` of those shorter than an hour,
 * 12 times as many of hours, 52 times of days, so that each scale shows about as much.
 */
export const spanDays = (bucket: string, days: number): number =>
  /d/.test(bucket) ? 52 * days : /h/.test(bucket) ? 12 * days : days;

/** Lengths that have a span of their own. */
const LONG = ["1d", "1d-kst", "1h", "4h"];

/** What a publication reads. */
interface Source {
  /** SQL; of a mart by the day, the rows of these. */
  rows(days: string[]): string;
  /** Fingerprints by day, under {@link NO_DAY} of what is read as a whole; null where they are not known. */
  days: Map<string, string> | null;
}

async function sourceOf(
  data: string,
  { of: { mart }, needs, query }: Publication,
): Promise<Source> {
  if (query !== undefined) {
    const print = await printOfAll(data, needs);
    return {
      rows: () => query,
      days: print === null ? null : new Map([[NO_DAY, print]]),
    };
  }
  const days = await daysOf(data, mart);
  return {
    rows: (on) =>
      `select * from ${
        days ? rowsOfDays(data, mart, on) : `marts.${identifier(mart)}`
      }`,
    days,
  };
}

/**
 * Makes the table hold the newest rows of the mart.
 * @param options.full whether every row is compared, whatever is known to be published.
 */
export async function publishMart(
  lake: Lake,
  sql: postgres.Sql,
  publication: Publication,
  options: { data: string; days: number; full: boolean },
): Promise<PublishReport> {
  const started = performance.now();
  const { of } = publication;
  const { mart, timed } = of;
  const measures = Object.keys(of.measures);
  // Before the rows: a mart that is made meanwhile is looked at once more.
  const source = await sourceOf(options.data, publication);
  return await sql.begin(async (tx) => {
    // Two who publish at once do so one after the other.
    await tx`select pg_advisory_xact_lock(hashtext('crowdtape publish'))`;
    const renewal = new Renewal(lake, tx, of, source, options.days);
    const { rows, changed, removed, buckets, newest } = await renewal.run(
      options.full,
      fingerprint(
        publication.query ?? mart,
        JSON.stringify(tableColumns(of)),
        measures.join(),
        String(options.days),
      ),
    );
    const table = tx(`published_${mart}`);
    const bucket = of.bucket === null ? tx`''` : tx(of.bucket);
    await tx`
      insert into published_marts (mart, published_at, from_ts, to_ts, row_count, measures)
      select ${mart}, now(), ${
      timed
        ? tx`(select min(first) from unnest(${buckets}::text[]) as b (bucket),
            lateral (select min(ts) as first from ${table} where ${bucket} = b.bucket and ${
          tx.unsafe(HOUR)
        } = (
              select ${
          tx.unsafe(HOUR)
        } from ${table} where ${bucket} = b.bucket order by 1 limit 1)) firsts)`
        : null
    }, ${newest}::text::timestamptz, ${rows}, ${
      measures.length > 0 ? measures : null
    }::text[]
      on conflict (mart) do update set published_at = excluded.published_at, from_ts = excluded.from_ts,
        to_ts = excluded.to_ts, row_count = excluded.row_count, measures = excluded.measures`;
    const seconds = (performance.now() - started) / 1000;
    return { mart, rows, changed, removed, seconds };
  }) as PublishReport;
}

/** What a renewal did, and what is published then. */
interface Renewed {
  rows: number;
  changed: number;
  removed: number;
  buckets: string[];
  /** Time of the newest row, with its zone. */
  newest: string | null;
}

/** Brings one table to what its mart holds, within one transaction. */
class Renewal {
  readonly #table: string;
  readonly #columns: TableColumn[];
  /** Time of the newest row, `yyyy-mm-dd hh:mm:ss.ffffff` UTC. */
  #newest: string | null = null;

  constructor(
    readonly lake: Lake,
    readonly tx: postgres.TransactionSql,
    readonly of: PublishedMart,
    readonly source: Source,
    readonly days: number,
  ) {
    this.#table = `published_${of.mart}`;
    this.#columns = tableColumns(of);
  }

  async run(full: boolean, version: string): Promise<Renewed> {
    const { tx, of, source } = this;
    const before = await readParts(tx, of.mart);
    const [told] = await tx`
      select to_char(to_ts at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as newest, measures, row_count
      from published_marts where mart = ${of.mart}`;
    const same = (days: Map<string, string>) =>
      days.get(NO_DAY) !== undefined &&
      days.get(NO_DAY) === before.days.get(NO_DAY);
    const known = !full && told !== undefined && before.version === version &&
      (told.measures ?? []).join() === Object.keys(of.measures).join();
    const report = (
      rows: number,
      changed: number,
      removed: number,
      parts: Parts,
    ) => ({
      rows,
      changed,
      removed,
      buckets: [
        ...new Set([...parts.slots.values()].map((slot) => slot.bucket)),
      ],
      newest: this.#newest && `${this.#newest}+00`,
    });
    if (known && source.days && same(source.days)) {
      this.#newest = told.newest;
      return report(told.row_count, 0, 0, before);
    }
    this.#newest = of.timed ? await this.#readNewest() : null;
    const anew = !known || (this.#newest ?? "") < (told.newest ?? "");
    const now: Parts = {
      version,
      days: new Map(
        [...source.days ?? []].filter(([day]) => this.#within(day)),
      ),
      slots: new Map(),
    };
    const stale = [...now.days].filter(([day, print]) =>
      anew || before.days.get(day) !== print
    ).map(([day]) => day);
    const fresh = source.days === null || stale.length > 0
      ? await slotsOf(
        this.lake,
        this.#select(stale),
        of,
        this.#columns.map(({ name }) => name),
      )
      : [];
    for (const slot of fresh) now.slots.set(slotKey(slot), slot);
    // Of these days all hours are known anew, of the others they are as they were.
    const looked = (slot: Slot) =>
      source.days === null || source.days.has(NO_DAY) ||
      !now.days.has(slot.hour.slice(0, 10)) ||
      stale.includes(slot.hour.slice(0, 10));
    const changed = fresh.filter((slot) =>
      before.slots.get(slotKey(slot))?.print !== slot.print
    );
    for (const [key, slot] of before.slots) {
      if (this.#passed(slot)) continue;
      if (!looked(slot)) now.slots.set(key, slot);
      else if (!now.slots.has(key)) changed.push(slot);
    }
    await tx`create temp table staged (like ${
      tx(`public.${this.#table}`)
    }) on commit drop`;
    const done = anew
      ? await this.#replaceAll(stale)
      : await this.#replace(stale, changed, before);
    await writeParts(tx, of.mart, before, now);
    return report(
      anew ? done.staged : told.row_count + done.added - done.removed,
      done.changed,
      done.removed,
      now,
    );
  }

  /** The first moment that is not published any more of a bucket; null where nothing is. */
  #cutoff(bucket: string): string | null {
    if (this.#newest === null) return null;
    const days = this.of.bucket ? spanDays(bucket, this.days) : this.days;
    const ms = Date.parse(`${this.#newest.slice(0, 23).replace(" ", "T")}Z`) -
      days * 86_400_000;
    return new Date(ms).toISOString().slice(0, 23).replace("T", " ") +
      this.#newest.slice(23);
  }

  /** Whether any row of a day can be published. */
  #within(day: string): boolean {
    if (this.source.days?.has(NO_DAY)) return day === NO_DAY;
    const cutoff = this.#cutoff(this.of.bucket ? "1d" : "");
    return cutoff !== null && day >= cutoff.slice(0, 10);
  }

  #passed(slot: Slot): boolean {
    if (!this.of.timed) return false;
    const cutoff = this.#cutoff(slot.bucket);
    return cutoff !== null &&
      `${slot.hour.slice(0, 13)}:59:59.999999` <= cutoff;
  }

  async #readNewest(): Promise<string | null> {
    const last = [...this.source.days?.keys() ?? []].sort().at(-1);
    const reader = await this.lake.connection.runAndReadAll(
      `select strftime(max(ts), '%Y-%m-%d %H:%M:%S.%f') from (${
        this.source.rows(last ? [last] : [])
      })`,
    );
    return reader.getRowsJson()[0]![0] as string | null;
  }

  /** The rows of some days that are published, with the columns of the table; what is not a number is unknown. */
  #select(days: string[]): string {
    const { measures, bucket, timed } = this.of;
    const finite = (name: string) =>
      `case when isfinite(${name}::double) then ${name}::double end`;
    const listed = this.#columns.map(({ name, type }) => {
      const column = identifier(name);
      return type === "double precision"
        ? `${finite(column)} as ${column}`
        : type === "double precision[]"
        ? `[${
          Object.keys(measures).map(identifier).map(finite).join(", ")
        }] as ${column}`
        : column;
    });
    const selected = `select ${listed.join(", ")} from (${
      this.source.rows(days)
    })`;
    if (!timed) return selected;
    if (this.#newest === null) return `${selected} where false`;
    // Counted from the newest row, not from the clock: the same marts give the same rows.
    const after = (of: string) => `timestamp ${literal(this.#cutoff(of)!)}`;
    return `${selected} where ts > ${
      bucket
        ? `case ${
          LONG.map((name) =>
            `when ${identifier(bucket)} = ${literal(name)} then ${after(name)}`
          ).join(" ")
        } else ${after("1m")} end`
        : after("")
    }`;
  }

  /** Makes the table hold what is staged of these days, whatever it held. */
  async #replaceAll(days: string[]) {
    await this.#stage(this.#select(days));
    const [{ staged }] = await this
      .tx`select count(*)::integer as staged from staged` as unknown as [
        { staged: number },
      ];
    const { count: removed } = await this.tx.unsafe(
      `delete from ${this.#table} t where not exists (select from staged s where ${this.#same()})`,
    );
    return { staged, removed, ...await this.#insert() };
  }

  /** Makes some hours of the table what they are now, and takes away what has passed. */
  async #replace(days: string[], slots: Slot[], before: Parts) {
    const { tx, of } = this;
    const bucket = of.bucket ? identifier(of.bucket) : "''";
    let removed = 0;
    for (
      const one of new Set(
        [...before.slots.values()].map((slot) => slot.bucket),
      )
    ) {
      const cutoff = of.timed ? this.#cutoff(one) : null;
      if (cutoff === null) continue;
      const { count } = await tx.unsafe(
        `delete from ${this.#table} where ${bucket} = $1 and ts <= ($2 || '+00')::timestamptz
         and ${HOUR} <= ($2 || '+00')::timestamptz`,
        [one, cutoff],
      );
      removed += count;
    }
    if (slots.length === 0) return { staged: 0, removed, added: 0, changed: 0 };
    await this.lake.connection.run(
      `create or replace temp table changed_slots as select * from (values ${
        slots.map(({ bucket, hour }) =>
          `(${literal(bucket)}, timestamp ${literal(hour)})`
        ).join(", ")
      }) c(of_bucket, of_hour)`,
    );
    await this.#stage(
      `select rows.* from (${this.#select(days)}) rows semi join changed_slots
        on of_bucket = ${bucket}${
        of.timed ? " and of_hour = date_trunc('hour', ts)" : ""
      }`,
    );
    await tx`create temp table slots on commit drop as
      select bucket, (hour || '+00')::timestamptz as hour from unnest(${
      slots.map((slot) => slot.bucket)
    }::text[], ${slots.map((slot) => slot.hour)}::text[]) as s (bucket, hour)`;
    const { count } = await tx.unsafe(
      `delete from ${this.#table} t using slots h where ${
        of.timed
          ? `${
            of.bucket ? `t.${bucket}` : "''"
          } = h.bucket and t.ts >= h.hour and t.ts < h.hour + interval '1 hour' and ${
            HOUR.replace("ts", "t.ts")
          } = h.hour and `
          : ""
      }not exists (select from staged s where ${this.#same()})`,
    );
    removed += count;
    return { staged: 0, removed, ...await this.#insert() };
  }

  /** SQL: the staged row `s` has the key of the row `t`. */
  #same(): string {
    const nullable = new Set(
      this.#columns.filter((c) => c.nullable).map((c) => c.name),
    );
    // Only plain equality can be hashed; the rest of the key is compared within.
    return this.of.key.map((name) =>
      `s.${identifier(name)} ${
        nullable.has(name) ? "is not distinct from" : "="
      } t.${identifier(name)}`
    ).join(" and ");
  }

  /** Puts what is staged into the table, writing only what differs. */
  async #insert(): Promise<{ added: number; changed: number }> {
    const { key } = this.of;
    const values = this.#columns.map(({ name }) => name)
      .filter((name) => !key.includes(name)).map(identifier);
    const [done] = await this.tx.unsafe(
      `with done as (
         insert into ${this.#table} as t select * from staged
         on conflict (${key.map(identifier).join(", ")}) do update set ${
        values.map((name) => `${name} = excluded.${name}`).join(", ")
      }
         where (${values.map((name) => `t.${name}`).join(", ")})
           is distinct from (${
        values.map((name) => `excluded.${name}`).join(", ")
      })
         returning t.xmax = 0 as added
       )
       select count(*)::integer as changed, (count(*) filter (where added))::integer as added from done`,
    );
    return done as unknown as { added: number; changed: number };
  }

  /** Fills the table `staged` with what DuckDB answers. */
  async #stage(query: string): Promise<void> {
    const names = this.#columns.map(({ name }) => identifier(name)).join(", ");
    const result = await this.lake.connection.stream(query);
    let batch: Record<string, unknown>[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      await this.tx.unsafe(
        `insert into staged (${names})
         select ${names} from json_populate_recordset(null::staged, $1::text::json)`,
        [JSON.stringify(batch)],
      );
      batch = [];
    };
    for await (const rows of result.yieldRowObjectJson()) {
      batch = batch.concat(rows);
      if (batch.length >= BATCH) await flush();
    }
    await flush();
    await this.tx`analyze staged`;
  }
}

/** SQL: the hour of a row, as an index of the indicators has it. */
const HOUR = "date_bin('1 hour', ts, timestamptz '1970-01-01 00:00:00+00')";

/** Rows in one statement. */
const BATCH = 4000;
