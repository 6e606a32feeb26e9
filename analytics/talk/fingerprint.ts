/** Whether two texts say the same, told without keeping either. */
import { createHmac } from "node:crypto";

/**
 * A text reduced to what it says: letters and digits in lower case, addresses
 * and signs gone, a letter repeated three times and more counted once, runs of
 * single jamo (ㅋㅋㅋ, ㅠㅠ) gone.
 */
export function normalised(text: string): string {
  return text.normalize("NFKC").toLowerCase()
    .replace(/https?:\/\/\S+/g, "")
    // NFKC makes the letters ㅋ and ㅠ conjoining jamo.
    .replace(/[\u1100-\u11ffㄱ-ㅎㅏ-ㅣ]+/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, "")
    .replace(/(\p{L})\1{2,}/gu, "$1");
}

/**
 * A function that gives 128 bits of the HMAC-SHA-256 of the normalised text as
 * hexadecimal text; empty for a text that says nothing.
 * @param salt the installation's secret, as for authors.
 */
export function fingerprinter(salt: string): (text: string) => string {
  return (text) => {
    const plain = normalised(text);
    return plain === ""
      ? ""
      : createHmac("sha256", salt).update(`text:${plain}`).digest("hex")
        .slice(0, 32);
  };
}
