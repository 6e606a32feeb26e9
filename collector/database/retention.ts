import type postgres from "postgres";
import type { Micros } from "../model/events.ts";

/** Rows whose text was deleted. */
export interface RetentionReport {
  posts: number;
  comments: number;
}

/**
 * Drops the titles of posts and the text of comments older than `textDays`
 * days, and has the database's own scheduler (pg_cron), where there is one, do
 * so while no collector runs. Numbers, times and hashed authors stay.
 */
export async function dropOldText(
  sql: postgres.Sql,
  textDays: number,
  now: Micros,
): Promise<RetentionReport> {
  const before = now / 1e6 - textDays * 86400;
  await sql`select keep_text_for(${textDays}::float8)`;
  const [dropped] = await sql<[RetentionReport]>`
    select posts::integer, comments::integer
    from drop_old_text(to_timestamp(${before}::float8))`;
  return dropped;
}
