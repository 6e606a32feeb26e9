import { z } from "zod";

/** What the schemas and the paths of the API are put together from. */

export const instant = z.iso.datetime({ offset: true }).meta({
  description: "UTC, ISO 8601",
});

/** A time that is asked for: one that the database knows. */
export const moment = instant.refine(
  (text) => FIRST <= Date.parse(text) && Date.parse(text) <= LAST,
  "has to lie in the years 0001 to 9999",
);
const FIRST = Date.parse("0001-01-01T00:00:00Z"),
  LAST = Date.parse("9999-12-31T23:59:59.999Z");

/** Number of rows to answer with. */
export const limit = z.coerce.number().int().min(1).max(5000).default(500);

export const problem = z.object({ error: z.string() });
const defect = problem.extend({
  id: z.string().meta({ description: "under which the log says more" }),
});

/** A response in JSON. */
export const json = (schema: z.ZodType, description: string) => ({
  description,
  content: {
    "application/json": {
      schema: z.toJSONSchema(schema, { target: "openapi-3.0" }),
    },
  },
});

/** The response to a question that is not understood. */
export const bad = json(problem, "The question is not understood");

/** What any route may answer when the question is not at fault. */
export const trouble = {
  500: json(defect, "A defect of the program"),
  503: json(problem, "The database does not answer"),
};

/** Query parameters of a route, from the schema that checks them. */
export function parameters(query: z.ZodObject) {
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    target: "openapi-3.0",
    io: "input",
  });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}
