/** Read by Observable Framework where it is started by itself. */
import { readContents } from "../marts.ts";
import { settings } from "./settings.ts";

export default settings(await readContents());
