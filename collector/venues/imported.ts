import type { VenueFacts } from "./venue.ts";

/** Venues that are not collected; a history of theirs can be imported from files. */
export const imported: VenueFacts[] = [];
