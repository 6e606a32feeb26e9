/**
 * The API as a Supabase edge function: the same app that the collector serves
 * on loopback, under `/api`.
 */
import { Hono } from "hono";
import { api } from "../../../collector/api/api.ts";
import { connect } from "../../../collector/database/client.ts";

const url = Deno.env.get("SUPABASE_DB_URL") ?? Deno.env.get("DATABASE_URL");
if (!url) throw new Error("Neither SUPABASE_DB_URL nor DATABASE_URL is set.");

Deno.serve(new Hono().route("/api", api({ sql: connect(url, 2) })).fetch);
