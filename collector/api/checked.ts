import type { Context } from "hono";
import type { z } from "zod";

/** The checked question, or the answer that says what is wrong with it. */
export function checked<T extends z.ZodType>(
  c: Context,
  schema: T,
): z.output<T> | Response {
  const result = schema.safeParse(c.req.query());
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
