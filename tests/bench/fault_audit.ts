/** What `deno task audit --json` says after a fault run. */
import type { AuditReport } from "../../collector/audit.ts";
import type { FaultReport } from "./fault_problems.ts";
import { runTask } from "../support/run_task.ts";

/** Asks for it as a user does. */
export async function auditOf(
  databaseUrl: string,
): Promise<FaultReport["audit"]> {
  const { code, out, err } = await runTask(
    ["audit", "--json", "--channel", "trade"],
    { DATABASE_URL: databaseUrl },
  );
  if (out === "") throw new Error(`audit: ${err}`);
  const { open, streams, ids }: AuditReport = JSON.parse(out);
  const of = (part: "unrecoverable" | "unknown") =>
    Object.fromEntries(
      streams.filter(({ seconds }) => seconds[part] > 0).map((
        { venue, market, seconds },
      ) => [`${venue} ${market}`, seconds[part]]),
    );
  return {
    code,
    open,
    unrecoverable: of("unrecoverable"),
    unknown: of("unknown"),
    holes: Object.fromEntries(
      ids.map(({ venue, market, missing }) => [
        `${venue} ${market}`,
        Number(missing),
      ]),
    ),
  };
}
