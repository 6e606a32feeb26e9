import type { z } from "zod";
import type { Community } from "./community.ts";
import * as list from "./list.ts";

/** A community as the configuration names it. */
export type CommunityId = keyof typeof list;

/** Every community by its id, those collected by default first. */
export const communities: Record<string, Community> = Object.fromEntries(
  Object.values<Community>(list)
    .sort((a, b) => Number(b.byDefault ?? false) - Number(a.byDefault ?? false))
    .map((community) => [community.id, community]),
);

/** The configuration's part about communities; one that is left out is not collected. */
export const communitySettings = Object.fromEntries(
  Object.values(communities).map(({ id, settings }) => [
    id,
    settings.optional(),
  ]),
) as {
  [Id in CommunityId]: z.ZodOptional<(typeof list)[Id]["settings"]>;
};
