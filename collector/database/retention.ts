import type postgres from "postgres";
import type { Micros } from "../model/events.ts";

/** Rows whose text was deleted. */
export interface RetentionReport {
  posts: number;
  comments: number;
}

/**
 * Drops the titles of posts and the text of comments older than `textDays`
 * days. Numbers, times and hashed authors stay.
 */
export async function dropOldText(
  sql: postgres.Sql,
  textDays: number,
  now: Micros,
): Promise<RetentionReport> {
  const before = now / 1e6 - textDays * 86400;
  const posts = await sql`
    update posts set title = null, written = current_transaction()
    where title is not null and ts < to_timestamp(${before}::float8)`;
  const comments = await sql`
    update comments set text = null, written = current_transaction()
    where text is not null and ts < to_timestamp(${before}::float8)`;
  return { posts: posts.count, comments: comments.count };
}
