import { plain } from "./markets.ts";

/** How a venue happens to print one and the same number. */
export type Wording =
  | "plain"
  | "point"
  | "zeros"
  | "java"
  | "python";

const WORDINGS: Wording[] = ["plain", "point", "zeros", "java", "python"];

/** A wording for a number drawn at random. */
export const wordingOf = (draw: number): Wording =>
  WORDINGS[draw % WORDINGS.length]!;

/**
 * A JSON number worded as Upbit words it: `91368000.0`, `1.16539E8`,
 * `5.485e-05`, or with trailing zeros. The value stays the same to the last
 * digit. Exponents appear only where the venue has been seen to use them:
 * `java` from 10^7 up and under 10^−3, `python` under 10^−4.
 */
export function worded(text: string, wording: Wording): string {
  const value = plain(text);
  const size = Math.abs(Number(value));
  switch (wording) {
    case "point":
      return value.includes(".") ? value : `${value}.0`;
    case "zeros": {
      const [whole, fraction = ""] = value.split(".");
      return `${whole}.${fraction.padEnd(8, "0")}`;
    }
    case "java":
      return size >= 1e7 || (size > 0 && size < 1e-3)
        ? scientific(value, "E")
        : value;
    case "python":
      return size > 0 && size < 1e-4 ? scientific(value, "e") : value;
    default:
      return value;
  }
}

function scientific(value: string, letter: "E" | "e"): string {
  const sign = value.startsWith("-") ? "-" : "";
  const [whole = "", fraction = ""] = value.slice(sign.length).split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  const zeros = (whole + fraction).length - digits.length;
  const exponent = whole.length - zeros - 1;
  const rest = digits.slice(1).replace(/0+$/, "");
  const mantissa = `${digits[0]}.${rest || "0"}`;
  if (letter === "E") return `${sign}${mantissa}E${exponent}`;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  const short = rest ? mantissa : digits[0];
  return `${sign}${short}e${exponent < 0 ? "-" : "+"}${power}`;
}
