/**
 * Days of which every unit is what it would be if it were made now. One
 * fingerprint says so for all markets of a day, so that what is old costs a
 * comparison a day and not one a unit.
 */
import { daysFrom } from "./calendar.ts";
import { forgetFile, writeWhole } from "./records.ts";

/** The settled days of one mart. */
export class Settled {
  /** As they are now, written when all that was to be made is made. */
  readonly #now: Record<string, string> = {};

  private constructor(
    readonly path: string,
    readonly known: Record<string, string>,
  ) {}

  static async open(data: string, mart: string): Promise<Settled> {
    const path = `${data}/marts/.units/${mart}/settled.json`;
    try {
      return new Settled(path, JSON.parse(await Deno.readTextFile(path)));
    } catch (error) {
      if (
        !(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)
      ) throw error;
      return new Settled(path, {});
    }
  }

  /** Whether a day is settled; remembers what it will be once all is made. */
  is(day: string, print: string): boolean {
    this.#now[day] = print;
    return this.known[day] === print;
  }

  /** Before units are made: their days are not settled until they are. */
  async strike(
    batches: readonly { from: string; to: string }[],
  ): Promise<void> {
    if (batches.length === 0) return;
    for (const { from, to } of batches) {
      for (const day of daysFrom(from, to)) delete this.known[day];
    }
    await writeWhole(this.path, JSON.stringify(this.known));
  }

  async write(): Promise<void> {
    const text = JSON.stringify(this.#now);
    if (text !== JSON.stringify(this.known)) await writeWhole(this.path, text);
  }
}

/** Forgets them: every unit is looked at. */
export const forgetSettled = (data: string, mart: string): Promise<void> =>
  forgetFile(`${data}/marts/.units/${mart}/settled.json`);
