import { imported } from "./imported.ts";
import * as list from "./list.ts";
import type { Region, Venue, VenueFacts } from "./venue.ts";

const REGIONS: Region[] = ["Korea", "Asia", "global"];

/** First those collected by default, then by region, then by name. */
const rank = (venue: Venue): string =>
  `${venue.byDefault ? 0 : 1} ${REGIONS.indexOf(venue.region)} ${venue.id}`;

const inOrder = Object.values<Venue>(list)
  .sort((a, b) => rank(a) < rank(b) ? -1 : 1);

/** A venue that can be collected. */
export type VenueId = keyof typeof list;

/** Every venue that can be collected by its id, as the configuration names it. */
export const venues: Record<string, Venue> = Object.fromEntries(
  inOrder.map((venue) => [venue.id, venue]),
);

/** What is known of every venue, also of those whose history can only be imported. */
export const knownVenues: VenueFacts[] = [...inOrder, ...imported];
