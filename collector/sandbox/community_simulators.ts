import { communities } from "../communities/registry.ts";
import type { CommunitySimulator } from "./community_simulator.ts";

/** The simulated communities: `communities/<id>.ts` exports the value of the same name. */
export const communitySimulators: CommunitySimulator[] = await Promise.all(
  Object.keys(communities).map(async (id) =>
    (await import(new URL(`./communities/${id}.ts`, import.meta.url).href))[id]
  ),
);

/** The tokens that they accept, by the variable that a collector reads them from. */
export const sandboxTokens: Record<string, string> = Object.fromEntries(
  communitySimulators.flatMap(({ id, token }) => {
    const variable = communities[id]!.token?.variable;
    return token && variable ? [[variable, token]] : [];
  }),
);
