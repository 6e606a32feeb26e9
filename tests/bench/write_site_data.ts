/** What the site's pages read, written below a folder: `write_site_data.ts FOLDER`. */
import { readContents } from "../../notebooks/marts.ts";
import { writeData } from "../../notebooks/site_data.ts";
import { readPages } from "../../notebooks/site/pages.ts";

const pages = await readPages();
const { markets } = await readContents(pages);
await writeData(Deno.args[0]!, pages, markets, new Set());
Deno.exit(0);
