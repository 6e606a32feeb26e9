import type { Context } from "hono";
import type { z } from "zod";

/** The checked question, or the answer that says what is wrong with it. */
export function checked<T extends z.ZodType>(
  c: Context,
  schema: T,
): z.output<T> | Response {
  const question = c.req.query();
  for (const [name, value] of Object.entries(question)) {
    // No name in the database holds it, and PostgreSQL takes no text with it.
    if (!(name + value).includes("\0")) continue;
    return c.json({
      error: `${name.replaceAll("\0", "")}: holds a NUL (%00).`,
    }, 400);
  }
  const result = schema.safeParse(question);
  if (result.success) return result.data;
  const wrong = result.error.issues.map(({ path, message }) => {
    const name = path.join(".");
    if (!name) return message;
    return c.req.query(name) === undefined
      ? `${name} is missing`
      : `${name}: ${message}`;
  });
  return c.json({
    error: `${wrong.join("; ")}. /openapi.json describes the parameters.`,
  }, 400);
}
