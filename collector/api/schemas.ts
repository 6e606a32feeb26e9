import { createRoute, z } from "@hono/zod-openapi";
import type { Context, TypedResponse } from "hono";

/** What the routes' questions and answers are put together from; `/openapi.json` is made of them. */

/** A time in an answer. */
export const instant = z.iso.datetime({ offset: true }).meta({
  description: "UTC, ISO 8601",
});

const FIRST = Date.parse("0001-01-01T00:00:00Z"),
  LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** A time that is asked for: one that the database knows. */
export const moment = instant.refine(
  (text) => FIRST <= Date.parse(text) && Date.parse(text) <= LAST,
  "has to lie in the years 0001 to 9999",
);

/** Number of rows to answer with. */
export const limit = z.coerce.number().int().min(1).max(5000).default(500);

/** An exact decimal. */
export const decimal = z.string().meta({
  description: "exact decimal",
  example: "91368000",
});

const problem = z.object({ error: z.string() });
const defect = problem.extend({
  id: z.string().meta({ description: "under which the log says more" }),
});

/** A response in JSON. */
export const json = <Schema extends z.ZodType>(
  schema: Schema,
  description: string,
) => ({ description, content: { "application/json": { schema } } });

/** A response that names what is wrong. */
export const refusal = (description: string) => json(problem, description);

/** What any route may answer when the question is not at fault. */
export const trouble = {
  500: json(defect, "A defect of the program"),
  503: refusal("The database does not answer"),
};

/** An answer whose JSON the database has made, as one text: the process that collects only passes it on. */
export const made = <Answer>(c: Context, text: string) =>
  c.body(text, 200, { "content-type": "application/json" }) as unknown as
    & Response
    & TypedResponse<Answer, 200, "json">;

/** A route that reads: what may be asked and what is answered. */
export const reading = <
  Path extends string,
  Query extends z.ZodObject,
  Answer extends z.ZodType,
>(
  path: Path,
  { summary, query, answer, description }: {
    summary: string;
    query: Query;
    answer: Answer;
    description: string;
  },
) =>
  createRoute({
    method: "get",
    path,
    summary,
    request: { query },
    responses: {
      200: json(answer, description),
      400: refusal("The question is not understood"),
      404: refusal("There is nothing by this name"),
      ...trouble,
    },
  });
