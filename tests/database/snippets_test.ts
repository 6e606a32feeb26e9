/** What people ask of the database: each snippet and each view, by each role. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { ROLES, withEmbedded, withProject } from "../support/asked_database.ts";
import { test } from "../support/requirements.ts";

const SNIPPETS = new URL("../../supabase/snippets/", import.meta.url);

/** What only the service role reads. */
const KEPT = ["rejects_by_reason", "table_sizes"];

interface Question {
  name: string;
  text: string;
  anyone: boolean;
}

async function snippets(): Promise<Question[]> {
  const found: Question[] = [];
  for await (const { name } of Deno.readDir(SNIPPETS)) {
    const text = await Deno.readTextFile(new URL(name, SNIPPETS));
    const [, head = "", sql = ""] = /^((?:--[^\n]*\n)+)([^]*)$/.exec(text) ??
      [];
    assert.match(
      head,
      /^-- .+\n(-- .+\n)*-- Units: .+\n-- Zone: .+\n-- Who: (anyone|service_role)\n$/,
      `${name}: what it answers, its units, its zone and who may ask`,
    );
    assert.match(sql, /^[^;]+;\n$/, `${name}: one statement`);
    found.push({ name, text, anyone: head.endsWith("anyone\n") });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

const views = async (sql: postgres.Sql): Promise<Question[]> =>
  (await sql`select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'v' order by 1`)
    .map(({ name }) => ({
      name,
      text: `select * from ${name}`,
      anyone: !KEPT.includes(name),
    }));

interface Plan {
  "Node Type": string;
  "Relation Name"?: string;
  Plans?: Plan[];
}

const nodes = (plan: Plan): Plan[] => [
  plan,
  ...(plan.Plans ?? []).flatMap(nodes),
];

/** How each part of a question that reads trades reads them. */
async function readsOfTrades(
  sql: postgres.Sql,
  text: string,
): Promise<string[]> {
  const [row] = await sql.unsafe(`explain (format json) ${text}`);
  return nodes(row!["QUERY PLAN"][0].Plan)
    .filter((node) => node["Relation Name"]?.startsWith("trades"))
    .map((node) => node["Node Type"]);
}

/** The same question by every role, at the same moment. */
async function answers(sql: postgres.Sql, text: string) {
  return await sql.begin(async (tx) => {
    const told: Record<string, unknown[] | string> = {};
    for (const role of ROLES) {
      told[role] = await tx.savepoint(async (part) => {
        await part.unsafe(`set local role ${role}`);
        return [...await part.unsafe(text)] as unknown[];
      }).catch((error: Error) => error.message);
    }
    return told;
  }) as Record<(typeof ROLES)[number], Record<string, unknown>[] | string>;
}

async function ask(t: Deno.TestContext, sql: postgres.Sql): Promise<void> {
  const told = new Map<string, Record<string, unknown>[]>();
  const questions = [...await snippets(), ...await views(sql)];
  assert.ok(questions.length >= 15 + 10);
  for (const { name, text, anyone } of questions) {
    await t.step(name, async () => {
      const { service_role, anon, authenticated } = await answers(sql, text);
      if (typeof service_role === "string") assert.fail(service_role);
      assert.ok(service_role.length > 0, "no row");
      told.set(name, service_role);
      if (anyone) {
        assert.deepEqual(anon, service_role);
        assert.doesNotMatch(JSON.stringify(anon), /SECRET/);
      } else {
        assert.match(String(anon), /^permission denied for/);
      }
      assert.deepEqual(authenticated, anon);
      const reads = await readsOfTrades(sql, text);
      assert.ok(!reads.includes("Seq Scan"), reads.join());
      if (/^from trades$/m.test(text)) assert.ok(reads.length > 0);
    });
  }
  await t.step("what they say", () => {
    const first = (name: string) => told.get(`${name}.sql`)![0]!;
    const missed = first("what_i_missed_yesterday");
    assert.deepEqual(
      [missed.reason, missed.state, missed.seconds, missed.recovered],
      ["socket_failed", "repaired", "90.0", 12],
    );
    const premium = first("premium_by_hour_of_day");
    assert.deepEqual([premium.premium_usdt, premium.low, premium.high], [
      "2.000",
      "1.000",
      "3.000",
    ]);
    assert.equal(premium.minutes, 60);
    const spread = first("spread_between_venues");
    assert.deepEqual([spread.low_venue, spread.high_venue, spread.spread], [
      "upbit",
      "bithumb",
      "2.000",
    ]);
    // 200 ms from event to receipt by two clocks, the venue's 400 ms behind ours.
    const lag = told.get("data_lag.sql")!.find((row) =>
      row.source === "upbit"
    )!;
    assert.equal(lag.delay_ms, "-200");
    const outcome = Object.fromEntries(
      told.get("forecasts_and_outcomes.sql")!.map((row) => [row.quantity, row]),
    );
    assert.equal(outcome.volume!.actual, 120);
    assert.ok(
      Math.abs(
        Number(outcome.volatility!.actual) - Math.sqrt(60) * Math.log(1.01),
      ) < 1e-12,
    );
    // It ended where it began, which is neither a rise nor a fall.
    assert.equal(outcome.direction!.actual, null);
    const hour = told.get("candles_1h.sql")![1]!;
    assert.deepEqual([hour.volume, hour.minutes, hour.high], [
      "120",
      "60",
      "102",
    ]);
    assert.deepEqual(
      told.get("mute_streams.sql")!.map((row) => [row.stream, row.channel]),
      [["KRW-XRP", "trade"]],
    );
    assert.equal(first("most_talked_about_coins").named, "240");
    assert.equal(first("failed_runs").error, "SECRET");
    const sizes = told.get("table_sizes.sql")!.find((row) =>
      row.name === "trades"
    )!;
    assert.ok(Number(sizes.partitions) >= 9 && Number(sizes.mb) > 1);
  });
  await t.step("the plan of a whole day is seen to read it whole", async () => {
    const reads = await readsOfTrades(sql, "select * from trades");
    assert.ok(reads.includes("Seq Scan"), reads.join());
  });
}

Deno.test("snippets and views, embedded", (t) =>
  withEmbedded((sql) => ask(t, sql)));

test(
  "snippets and views, PostgreSQL",
  ["postgres"],
  (t) => withProject((sql) => ask(t, sql)),
);
