/**
 * A task as a step of `deno task run`: it ends with the process that started
 * it, however that ends, and no two steps work on one data folder at once.
 */
import { dataFolder } from "./data_folder.ts";

/** The option that makes a task a step. Its standard input stays open for as long as it is wanted. */
export const ATTENDED = "--attended";

type Main = (args: string[]) => Promise<number | void>;

/** A task's main function that also knows {@link ATTENDED}. */
export const attended = (main: Main): Main => async (args) => {
  const own = args.filter((arg) => arg !== ATTENDED);
  if (own.length === args.length) return await main(args);
  endWithStdin();
  const data = dataFolder();
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  // The system frees it with the process: a step whose starter was killed may
  // still be computing when the next process begins its own.
  using lock = await Deno.open(`${data}/step.lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  return await main(own);
};

/** The pipe is closed when its other end closes it, or was killed. */
async function endWithStdin(): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await Deno.stdin.read(buffer) !== null);
  Deno.exit(1);
}
