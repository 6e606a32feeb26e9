/**
 * Runs a job at once and then on its schedule (UTC), one run at a time. A run
 * that fails is logged and does not end the job.
 * @returns resolves once the signal aborts and the run under way has ended.
 */
export async function schedule(
  name: string,
  cron: string,
  signal: AbortSignal,
  log: (line: string) => void,
  run: () => Promise<void>,
): Promise<void> {
  let running: Promise<void> | null = null;
  const once = () => {
    if (signal.aborted) return Promise.resolve();
    running ??= run()
      .catch((error) => {
        if (!signal.aborted) log(`${name}: ${(error as Error).message}`);
      })
      .finally(() => running = null);
    return running;
  };
  const jobs = Deno.cron(name, cron, { signal }, once);
  await once();
  await jobs;
  await running;
}
