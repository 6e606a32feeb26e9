/**
 * Reader of cryptofeed's recorded sessions, one line each:
 * `URL <-> ts` connected, `URL <- ts: payload` sent, `URL -> ts: body` fetched
 * by REST, `ts: payload` received; the last line is `configuration: {…}`.
 * A binary frame is written as Python writes bytes, `b'…'`.
 */
export interface Recorded {
  kind: "connected" | "sent" | "fetched" | "received";
  url: string;
  /** Microseconds UTC, by the recorder's clock. */
  at: number;
  payload: string;
}

/** Reads a recorded file. */
export async function readRecording(path: URL): Promise<Recorded[]> {
  const lines: Recorded[] = [];
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    if (line === "" || line.startsWith("configuration: ")) continue;
    const match =
      /^(?:(?<url>\S+) (?<arrow><->|<-|->) )?(?<at>\d+\.\d+)(?:: (?<payload>.*))?$/s
        .exec(line);
    if (!match?.groups) throw new Error(`no such line: ${line.slice(0, 80)}`);
    const { url = "", arrow = "", at = "", payload = "" } = match.groups;
    lines.push({
      kind: KINDS[arrow]!,
      url,
      at: Math.round(Number(at) * 1e6),
      payload: bytesLiteral(payload),
    });
  }
  return lines;
}

const KINDS: Record<string, Recorded["kind"]> = {
  "<->": "connected",
  "<-": "sent",
  "->": "fetched",
  "": "received",
};

/** The text in `b'…'`, or the payload itself. */
function bytesLiteral(payload: string): string {
  const inner = /^b(['"])(.*)\1$/s.exec(payload)?.[2];
  if (inner === undefined) return payload;
  const bytes: number[] = [];
  for (let i = 0; i < inner.length; i++) {
    const hex = /^\\x([0-9a-f]{2})/.exec(inner.slice(i, i + 4));
    if (hex) i += 3;
    else if (inner[i] === "\\") i++;
    bytes.push(hex ? parseInt(hex[1]!, 16) : inner.charCodeAt(i));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** The received frames of a session. */
export async function readFrames(path: URL): Promise<string[]> {
  return (await readRecording(path)).filter((line) => line.kind === "received")
    .map((line) => line.payload);
}
