import config from "../../deno.json" with { type: "json" };

/** The version of deno.json, which `--version`, the API and the pages say. */
export const VERSION: string = config.version;
