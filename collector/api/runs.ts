/** What `/healthz` and `/metrics` say of the chain's steps; neither is unwell for it. */
import type postgres from "postgres";

/** A step of the chain, by its runs of the last 30 days. */
export interface StepRuns {
  step: string;
  /** Of its newest run. */
  state: string;
  /** Since its newest run that is done ended; null where there is none. */
  success_age_seconds: number | null;
  /** How long that one took. */
  success_seconds: number | null;
  /** Runs that failed or were abandoned. */
  failures_last_day: number;
}

/** Every step that has run. */
export const stepRuns = (sql: postgres.Sql): Promise<StepRuns[]> =>
  sql<StepRuns[]>`
    select step, (array_agg(state order by run_id desc))[1] as state,
      extract(epoch from clock_timestamp() - max(ended_at) filter (where state = 'done'))::float8
        as success_age_seconds,
      extract(epoch from (array_agg(ended_at - started_at order by run_id desc) filter (where state = 'done'))[1])::float8
        as success_seconds,
      count(*) filter (where state in ('failed', 'abandoned')
        and started_at > clock_timestamp() - interval '1 day')::int as failures_last_day
    from runs group by step order by step`;
