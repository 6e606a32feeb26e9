import { createHmac, randomBytes } from "node:crypto";
import { CliError } from "../cli/errors.ts";

/**
 * The secret that goes into every author's hash: `CROWDTAPE_SALT`, or one that
 * is made once and kept in the data folder.
 * @param log told where a new one was put.
 * @throws {CliError} when it can be neither read nor kept.
 */
export async function loadSalt(
  data: string,
  log: (line: string) => void,
): Promise<string> {
  const given = Deno.env.get("CROWDTAPE_SALT");
  if (given) return given;
  const path = `${data}/salt`;
  try {
    await Deno.mkdir(data, { recursive: true });
    const made = randomBytes(32).toString("hex");
    try {
      await Deno.writeTextFile(path, made, { createNew: true, mode: 0o600 });
      log(
        `CROWDTAPE_SALT is not set: made a salt for the hashes of authors and kept it in ${path}`,
      );
      return made;
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
    const kept = (await Deno.readTextFile(path)).trim();
    if (kept.length >= 32) return kept;
  } catch (error) {
    throw new CliError(
      `The salt ${path} can be neither read nor made (${
        (error as Error).message
      }). Set CROWDTAPE_SALT to a secret of your own.`,
    );
  }
  throw new CliError(
    `${path} holds no salt. Delete it to have one made, or set CROWDTAPE_SALT.`,
  );
}

/**
 * A function that turns an author's raw id into 128 bits of its HMAC-SHA-256,
 * as hexadecimal text: the same author always gives the same, and without the
 * salt nobody can try ids one after another.
 */
export function authorHasher(salt: string): (raw: string) => string {
  return (raw) =>
    createHmac("sha256", salt).update(raw).digest("hex").slice(0, 32);
}
