/** What is said to a question that is not understood: one sentence, with 400. */
import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import type { Context, Env, Next } from "hono";

/** An app whose routes check their questions. */
export const answering = (): OpenAPIHono =>
  new OpenAPIHono({ defaultHook: refuse });

const refuse: Hook<unknown, Env, string, Response | undefined> = (
  result,
  c,
) => {
  if (result.success) return;
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
};

/** Refuses a NUL: no name in the database holds it, and PostgreSQL takes no text with it. */
export async function refuseNul(
  c: Context,
  next: Next,
): Promise<Response | void> {
  for (const [name, value] of Object.entries(c.req.query())) {
    if (!(name + value).includes("\0")) continue;
    return c.json({
      error: `${name.replaceAll("\0", "")}: holds a NUL (%00).`,
    }, 400);
  }
  await next();
}
