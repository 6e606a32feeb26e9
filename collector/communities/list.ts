/** The communities, one line each. */
export { bluesky } from "./bluesky/community.ts";
export { dcinside } from "./dcinside/community.ts";
export { mastodon } from "./mastodon.ts";
export { x } from "./x/community.ts";
