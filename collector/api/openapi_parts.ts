import { z } from "zod";

/** What the schemas and the paths of the API are put together from. */

export const instant = z.iso.datetime({ offset: true }).meta({
  description: "UTC, ISO 8601",
});

/** Number of rows to answer with. */
export const limit = z.coerce.number().int().min(1).max(5000).default(500);

export const problem = z.object({ error: z.string() });

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
