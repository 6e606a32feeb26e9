/** Read by Observable Framework where it is started by itself. */
import { readContents } from "../marts.ts";
import { readPages } from "./pages.ts";
import { settings } from "./settings.ts";

const pages = await readPages();

export default settings(await readContents(pages), pages);
