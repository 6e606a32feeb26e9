/** The communities, one line each. */
export { bluesky } from "./bluesky/community.ts";
export { dcinside } from "./dcinside/community.ts";
export { x } from "./x/community.ts";
