/**
 * One read for all who ask: it is made anew after `freshMs`, and who asks
 * meanwhile gets the one before, up to an age of `staleMs`. A read that takes
 * longer than that is given up, and its error told, while it goes on.
 */
export function shared<T>(
  freshMs: number,
  staleMs: number,
  read: () => Promise<T>,
): () => Promise<T> {
  let last: { at: number; value: T } | null = null;
  let running: Promise<T> | null = null;
  const start = () => {
    const at = performance.now();
    const mine = read().then((value) => {
      last = { at, value };
      return value;
    }).finally(() => running = null);
    // Its error is told to those who wait for it, and the others wait from now on.
    mine.catch(() => last = null);
    return mine;
  };
  return async () => {
    const age = last ? performance.now() - last.at : Infinity;
    if (age < freshMs) return last!.value;
    running ??= start();
    if (age < staleMs) return last!.value;
    return await orLate(running, staleMs);
  };
}

async function orLate<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() =>
      reject(
        Object.assign(new Error(`no answer within ${ms} ms`), {
          code: "ETIMEDOUT",
        }),
      ), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * One read for all who ask the same at once. Who asks while it is read waits
 * for the next read, so that no answer is older than its question.
 */
export function together<T>(): (
  question: string,
  read: () => Promise<T>,
) => Promise<T> {
  const running = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();
  const start = (question: string, read: () => Promise<T>) => {
    const mine = read().finally(() => {
      if (running.get(question) === mine) running.delete(question);
    });
    running.set(question, mine);
    return mine;
  };
  return (question, read) => {
    const before = running.get(question);
    if (!before) return start(question, read);
    let next = waiting.get(question);
    if (!next) {
      next = before.catch(() => {}).then(() => {
        waiting.delete(question);
        return start(question, read);
      });
      waiting.set(question, next);
    }
    return next;
  };
}
