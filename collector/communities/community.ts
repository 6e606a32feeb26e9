/** What a community is: all that the rest of crowdtape knows of one comes from its value. */
import type postgres from "postgres";
import type { z } from "zod";
import type { every } from "../cli/setting.ts";
import type { Micros } from "../model/events.ts";
import type { Store } from "../store/store.ts";

/** What a job or a stream works with. */
export interface CommunityDeps {
  sql: postgres.Sql;
  store: Store;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
  /** Turns an author's raw id into a salted hash. */
  hashAuthor(raw: string): string;
  /** The value of the token that the community needs; empty where it needs none. */
  token: string;
}

/** Settings of a community, each with its default, the real host too. */
type Settings = z.ZodObject;
/** Those of a community that is asked on a schedule. */
type ScheduledSettings = z.ZodObject<{ every: z.ZodDefault<typeof every> }>;

/** What polled and streamed communities declare alike. */
interface Declared<S extends Settings> {
  /** As it stands in the tables and in the configuration. */
  id: string;
  names: { en: string; ko: string };
  /** What it writes; the words of posts and comments are read, those of counts alone are not known. */
  yields: ("posts" | "comments" | "counts")[];
  /**
   * How posts are found: on `boards` that are read whole, so that a coin has a
   * share of all that is said there, or by a `search` for the names of coins,
   * which has no whole.
   */
  found: "boards" | "search";
  /** What its series count, where their names do not say it as `posts:<board>` does. */
  counted?: "tweets";
  /** Its part of the configuration. */
  settings: S;
  /** Collected where a configuration names no community. */
  byDefault?: true;
  /** A secret that it cannot do without; the task `collect` has to be permitted to read it. */
  token?: {
    variable: string;
    /** What is said where there is none: the rest is collected without it. */
    missing(settings: z.output<S>): string;
  };
  /** The series that it writes into `counts`. */
  series(settings: z.output<S>): string[];
}

/** A community that is asked on a schedule, its setting `every`. */
export interface PolledCommunity<
  S extends ScheduledSettings = ScheduledSettings,
> extends Declared<S> {
  kind: "polled";
  /** Prepares the job; each call of what it gives back is one turn. */
  job(settings: z.output<S>, deps: CommunityDeps): () => Promise<void>;
}

/** A community that sends what is new by itself. */
export interface StreamedCommunity<S extends Settings = Settings>
  extends Declared<S> {
  kind: "streamed";
  /** Follows the stream until the signal aborts. */
  follow(settings: z.output<S>, deps: CommunityDeps): Promise<void>;
}

/** A community, polled or streamed. */
export type Community = PolledCommunity | StreamedCommunity;

/** Declares a polled community; its settings say the types of the rest. */
export const polled = <S extends ScheduledSettings>(
  community: Omit<PolledCommunity<S>, "kind">,
): PolledCommunity<S> => ({ kind: "polled", ...community });

/** Declares a streamed community; its settings say the types of the rest. */
export const streamed = <S extends Settings>(
  community: Omit<StreamedCommunity<S>, "kind">,
): StreamedCommunity<S> => ({ kind: "streamed", ...community });
