/** What {@link Rest} and {@link Crawler} share: one request after another, when to ask again, a wait that ends with the signal. */
import { pause } from "../model/pause.ts";

/** Runs one piece of work after another, in the order in which they were given. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as the work does; a failure does not stop the next. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => {});
    return mine;
  }
}

/**
 * Waits `ms` milliseconds.
 * @throws the signal's reason when it is aborted.
 */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (ms > 0) await pause(ms, signal ?? NEVER);
  signal?.throwIfAborted();
}

const NEVER = new AbortController().signal;

/** The time that `Retry-After` names, in seconds or as a date: epoch milliseconds, or null. */
export function retryAfter(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after")?.trim();
  if (!text) return null;
  const at = /^\d+$/.test(text) ? now + Number(text) * 1000 : Date.parse(text);
  return Number.isFinite(at) ? at : null;
}
