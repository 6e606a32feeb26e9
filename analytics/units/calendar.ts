/** UTC days as text, `yyyy-mm-dd`. */

const DAY = 86_400_000;

/** The UTC day so many days after `day`. */
export const shift = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY).toISOString().slice(0, 10);

/** Days in a row, both ends among them. */
export function* daysFrom(from: string, to: string): Generator<string> {
  for (let day = from; day <= to; day = shift(day, 1)) yield day;
}
