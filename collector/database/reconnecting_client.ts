import type postgres from "postgres";

/**
 * A client that outlives its connections: whenever one is lost, it is replaced
 * by a fresh client, and the old one's statements fail within seconds.
 *
 * It exists for a defect of postgres.js (3.4.9, porsager/postgres#1208): a
 * connection that is lost with a small write pending never answers again, even
 * after it was reopened, and a statement on it throws outside of any
 * promise, which would end the process.
 *
 * @param open makes a client, whose `onclose` is to call `lost`
 */
export function reconnectingClient(
  open: (lost: () => void) => postgres.Sql,
): postgres.Sql {
  let ended = false;
  let current: postgres.Sql;
  const replace = () => {
    const client: postgres.Sql = current = open(() => {
      // Not for those of a client that is being ended, this one or an old one.
      if (ended || client !== current) return;
      replace();
      client.end({ timeout: END_SECONDS }).catch(() => {});
    });
  };
  replace();
  const end: postgres.Sql["end"] = (options) => {
    ended = true;
    return current.end(options);
  };
  return new Proxy<postgres.Sql>((() => {}) as unknown as postgres.Sql, {
    apply: (_, __, args) => Reflect.apply(current, undefined, args),
    get: (_, name) => name === "end" ? end : Reflect.get(current, name),
    has: (_, name) => Reflect.has(current, name),
  });
}

/** How long statements of a client that has lost a connection may go on. */
const END_SECONDS = 3;

/** The error of a socket that was refused or broke, as node's sockets have it. */
const isOfSocket = (error: unknown): boolean =>
  error instanceof Error && "syscall" in error &&
  /\b(?:TCP|TLS|Pipe)(?:Connect)?Wrap\b/.test(error.stack ?? "");

// The errors that postgres.js throws where nobody can catch them; before any
// other listener hears of them. The one is of a small write that was put off.
// The other is of a socket: where two attempts to connect again overlap, the
// first one's end takes the listeners of the second. Nothing else here has
// sockets of node's; the client is replaced for the first one's sake.
globalThis.addEventListener("error", (event) => {
  const stack = event.error instanceof TypeError ? event.error.stack : "";
  if (
    isOfSocket(event.error) ||
    /\bnextWrite\b.*\/postgres\/src\/connection\.js/.test(stack ?? "")
  ) event.preventDefault();
});
