/**
 * SCRAM-SHA-256, the server's side, as PostgreSQL speaks it: client and server
 * prove to each other that they know the password, and neither sends it. So one
 * that listens on the port of a server that is gone learns nothing.
 *
 * https://www.rfc-editor.org/rfc/rfc7677,
 * https://www.postgresql.org/docs/current/sasl-authentication.html
 */
import {
  createHash,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import { Buffer } from "node:buffer";

export const MECHANISM = "SCRAM-SHA-256";
const ITERATIONS = 4096;

/** What a server keeps of a password. */
export class Scram {
  #salt = randomBytes(16);
  #storedKey: Uint8Array;
  #serverKey: Uint8Array;

  /** @param password ASCII, so that it needs no normalisation */
  constructor(password: string) {
    const salted = pbkdf2Sync(password, this.#salt, ITERATIONS, 32, "sha256");
    this.#storedKey = sha256(hmac(salted, "Client Key"));
    this.#serverKey = hmac(salted, "Server Key");
  }

  /** Answers a client's first message; null where it is none. */
  begin(first: string): Exchange | null {
    const [, header, bare, nonce] =
      /^([ny],[^,]*,)(n=[^,]*,r=([!-+\--~]+)(?:,.*)?)$/.exec(first) ?? [];
    if (!header || !bare || !nonce) return null;
    const both = nonce + randomBytes(18).toString("base64");
    const reply = `r=${both},s=${
      this.#salt.toString("base64")
    },i=${ITERATIONS}`;
    return {
      reply,
      end: (final) => this.#end(final, header, `${bare},${reply}`, both),
    };
  }

  #end(
    final: string,
    header: string,
    firsts: string,
    nonce: string,
  ): string | null {
    const [, text, binding, given, proof] =
      /^(c=([^,]*),r=([^,]*)(?:,.*)?),p=([^,]*)$/.exec(final) ?? [];
    if (!text || proof === undefined || given !== nonce) return null;
    if (binding !== btoa(header)) return null;
    const said = `${firsts},${text}`;
    const signature = hmac(this.#storedKey, said);
    const sent = Uint8Array.from(Buffer.from(proof, "base64"));
    if (sent.length !== signature.length) return null;
    const key = sent.map((byte, i) => byte ^ signature[i]!);
    if (!timingSafeEqual(sha256(key), this.#storedKey)) return null;
    return `v=${hmac(this.#serverKey, said).toString("base64")}`;
  }
}

/** One client's attempt. */
export interface Exchange {
  /** The server's first message. */
  reply: string;
  /** The server's last message for the client's; null where the password is another. */
  end(final: string): string | null;
}

const hmac = (key: Uint8Array, text: string) =>
  createHmac("sha256", key).update(text).digest();
const sha256 = (bytes: Uint8Array) =>
  createHash("sha256").update(bytes).digest();
