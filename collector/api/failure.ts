/** What the API answers when something goes wrong that is not the question's fault. */

/**
 * The answer to an error: 503 where the database is away, else 500, a defect of
 * the program. The log has the error under the id that the answer names.
 */
export function failure(
  error: unknown,
  request: string,
): { status: 500 | 503; body: { error: string; id?: string } } {
  if (isAway(error)) {
    console.error(`api: ${request}: ${(error as Error).message}`);
    return {
      status: 503,
      body: { error: "The database did not answer. Try again in a moment." },
    };
  }
  const id = crypto.randomUUID();
  console.error(
    `api: ${request} failed, ${id}: ${
      error instanceof Error ? error.stack ?? error.message : error
    }`,
  );
  return {
    status: 500,
    body: { error: `This is a defect. The log says more under ${id}.`, id },
  };
}

/**
 * Whether the database cannot be reached or cannot work just now: the client's
 * own words, those of the system, and the SQLSTATE classes of connections (08),
 * resources (53, 57, 58) and of a server that takes over (25006).
 */
function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isAway);
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  return /^(CONNECT_TIMEOUT|CONNECTION_\w+|ECONN\w+|EPIPE|ENOTFOUND|EAI_AGAIN|E(HOST|NET)UNREACH|ETIMEDOUT)$|^(08|53|57|58)\w{3}$|^25006$/
    .test(String(code ?? "")) || cause !== undefined && isAway(cause);
}
