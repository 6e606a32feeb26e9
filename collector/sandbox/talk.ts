import { reply, title, type Writer, writer } from "./phrases.ts";
import { hash, Random, stream, uniform } from "./random.ts";
import { Tally } from "./tally.ts";
import { MINUTE, type World } from "./world.ts";

/** A post of a simulated board. */
export interface BoardPost {
  no: number;
  ms: number;
  title: string;
  writer: Writer;
  picture: boolean;
  /** When it will be deleted, or null. */
  goneMs: number | null;
}

/** A comment of a simulated board. */
export interface BoardComment {
  no: number;
  ms: number;
  text: string;
  writer: Writer;
  /** An emoticon image instead of a text. */
  emoticon: boolean;
  /** The comment it answers, or 0. */
  parent: number;
  /** When its author deletes it, or null; only comments that have answers remain visible then. */
  goneMs: number | null;
}

const POSTS_A_MINUTE = 1.6, COMMENTS_A_POST = 2, TWEETS_A_MINUTE = 60;
const HALF_HOUR = 30, CHUNK = 360;

/**
 * One board: how much is posted follows the talk of the {@link World}'s
 * climate, what is posted is drawn from the seed.
 */
export class Board {
  readonly posts: Tally;
  #comments: Tally;
  #stream: number;
  #firstPost: number;
  /** Comments by post, for those written in a stretch of minutes. */
  #chunks = new Map<number, Map<number, BoardComment[]>>();

  /** @param size activity beside that of the largest board */
  constructor(readonly world: World, readonly id: string, size: number) {
    const board = stream(`board ${id}`);
    this.#stream = board;
    const counter = (mean: number, salt: number) => (minute: number) =>
      new Random(hash(world.seed, board + salt, minute))
        .poisson(mean * size * Math.exp(world.climate.boardTalk(minute)));
    this.posts = new Tally(world.origin, counter(POSTS_A_MINUTE, 1));
    this.#comments = new Tally(
      world.origin,
      counter(POSTS_A_MINUTE * COMMENTS_A_POST, 2),
    );
    this.#firstPost = 9_500_000 + (world.month - 118) * 100_000;
  }

  /** Milliseconds of the nth of `count` things in a minute, on a whole second. */
  #when(minute: number, nth: number, count: number, salt: number): number {
    const part = uniform(
      this.world.seed,
      this.#stream + salt,
      minute * 1000 + nth,
    );
    return minute * MINUTE + Math.floor((nth + part) / count * 60) * 1000;
  }

  /** How many comments are written in a minute. */
  commentCount(minute: number): number {
    return this.#comments.count(minute);
  }

  /** How many posts there are at `ms`, the deleted ones among them. */
  countAt(ms: number): number {
    const minute = Math.floor(ms / MINUTE);
    const before = this.posts.before(minute);
    let count = this.posts.before(minute + 1) - before;
    const all = count;
    while (count > 0 && this.#when(minute, count - 1, all, 3) > ms) count--;
    return before + count;
  }

  /** The post with this index from the start of numbering. */
  post(index: number): BoardPost {
    const minute = this.posts.minuteOf(index, this.#minuteAfter(index))!;
    const before = this.posts.before(minute);
    const count = this.posts.before(minute + 1) - before;
    const random = new Random(hash(this.world.seed, this.#stream + 4, index));
    const ms = this.#when(minute, index - before, count, 3);
    const { climate } = this.world;
    const talkedUp = uniform(this.world.seed, this.#stream + 10, index) <
      climate.coinShare(minute);
    return {
      no: this.#firstPost + index,
      ms,
      title: title(random, talkedUp ? climate.planted?.coin : undefined),
      writer: writer(random),
      picture: random.next() < 0.2,
      goneMs: this.#isDeletable(index)
        ? ms + Math.floor((5 + 90 * random.next()) * MINUTE)
        : null,
    };
  }

  /** A minute certainly not before that of the post. */
  #minuteAfter(index: number): number {
    let minute = this.world.liveFrom;
    while (this.posts.before(minute + 1) <= index) minute += 60;
    return minute;
  }

  #isDeletable(index: number): boolean {
    return hash(this.world.seed, this.#stream + 5, index) % 50 === 0;
  }

  /** The index of a post number, or null if there is no such post at `ms`. */
  indexOf(no: number, ms: number): number | null {
    const index = no - this.#firstPost;
    return index >= 0 && index < this.countAt(ms) ? index : null;
  }

  /** The comments under a post at `ms`, oldest first; answers after what they answer. */
  comments(index: number, post: BoardPost, ms: number): BoardComment[] {
    const chunk = Math.floor(post.ms / MINUTE / CHUNK);
    const all = [
      ...this.#chunk(chunk).get(index) ?? [],
      ...this.#chunk(chunk + 1).get(index) ?? [],
    ];
    const roots: BoardComment[] = [];
    const answers = new Map<number, BoardComment[]>();
    for (const made of all) {
      if (made.ms > ms) break;
      const random = new Random(
        hash(this.world.seed, this.#stream + 8, made.no),
      );
      const comment = { ...made };
      if (roots.length > 0 && random.next() < 0.25) {
        comment.parent = random.pick(roots).no;
        const group = answers.get(comment.parent) ?? [];
        group.push(comment);
        answers.set(comment.parent, group);
      } else {
        roots.push(comment);
      }
    }
    return roots.flatMap((root) => {
      const group = answers.get(root.no) ?? [];
      // Whoever deletes a comment that was answered leaves its shell behind.
      if (group.length === 0 || root.no % 9 !== 0) return [root, ...group];
      return [{ ...root, goneMs: group.at(-1)!.ms + 10 * MINUTE }, ...group];
    });
  }

  #chunk(chunk: number): Map<number, BoardComment[]> {
    let comments = this.#chunks.get(chunk);
    if (comments) return comments;
    comments = new Map();
    for (
      let minute = Math.max(chunk * CHUNK, this.world.origin);
      minute < (chunk + 1) * CHUNK;
      minute++
    ) {
      const before = this.#comments.before(minute);
      const count = this.#comments.before(minute + 1) - before;
      for (let nth = 0; nth < count; nth++) {
        const index = this.#target(minute, before + nth);
        if (index === null) continue;
        const random = new Random(
          hash(this.world.seed, this.#stream + 6, before + nth),
        );
        const list = comments.get(index) ?? [];
        list.push({
          no: 1_000_000 + before + nth,
          ms: this.#when(minute, nth, count, 7),
          text: reply(random),
          writer: writer(random),
          emoticon: random.next() < 0.08,
          parent: 0,
          goneMs: null,
        });
        comments.set(index, list);
      }
    }
    this.#chunks.set(chunk, comments);
    return comments;
  }

  /**
   * The post that a comment goes to: mostly the one that everybody is at this
   * half hour, else one of the last few that people answer at all.
   */
  #target(minute: number, comment: number): number | null {
    const random = new Random(
      hash(this.world.seed, this.#stream + 9, comment),
    );
    const before = this.posts.before(minute);
    const hot = this.posts.before(minute - minute % HALF_HOUR);
    let index = before - 1 - Math.floor(-6 * Math.log(1 - random.next()));
    if (random.next() < 0.6 && hot < before) index = hot;
    else index -= index % 4;
    while (index >= 0 && this.#isDeletable(index)) index--;
    // An age beyond the next chunk would not be found again.
    const oldest = this.posts.before(minute - CHUNK);
    return index >= oldest && index >= 0 ? index : null;
  }
}

/** Posts per minute of a query on X. */
export class Tweets {
  #counts = new Map<string, Map<number, number>>();

  constructor(readonly world: World) {}

  /** How many in a minute; every query has a size of its own. */
  minute(query: string, minute: number): number {
    let counts = this.#counts.get(query);
    if (!counts) this.#counts.set(query, counts = new Map());
    let count = counts.get(minute);
    if (count === undefined) {
      const name = stream(`tweets ${query}`);
      const size = query === "#bitcoin -is:retweet"
        ? 1
        : 0.2 + 0.8 * uniform(this.world.seed, name, 0);
      count = new Random(hash(this.world.seed, name, minute)).poisson(
        TWEETS_A_MINUTE * size * Math.exp(this.world.climate.talk(minute)),
      );
      counts.set(minute, count);
    }
    return count;
  }

  /** How many with `fromMs` ≤ time < `toMs`. */
  between(query: string, fromMs: number, toMs: number): number {
    let sum = 0;
    for (
      let minute = Math.floor(fromMs / MINUTE);
      minute * MINUTE < toMs;
      minute++
    ) {
      const count = this.minute(query, minute);
      const from = fromMs - minute * MINUTE, to = toMs - minute * MINUTE;
      if (from <= 0 && to >= MINUTE) {
        sum += count;
        continue;
      }
      const name = stream(`tweet times ${query}`);
      const random = new Random(hash(this.world.seed, name, minute));
      for (let nth = 0; nth < count; nth++) {
        const at = random.below(MINUTE);
        if (at >= from && at < to) sum++;
      }
    }
    return sum;
  }
}
