/** Bodies of answers, read up to a bound: a server may send without end. */

/** An answer holds more bytes than may be read. */
export class TooLong extends Error {
  override name = "TooLong";

  /** @param start what was read of it */
  constructor(maxBytes: number, readonly start: string) {
    super(`the answer is longer than ${maxBytes} bytes`);
  }
}

/**
 * A body as UTF-8 text, counted as it is after decompression; what is beyond
 * the bound is not fetched.
 * @throws {TooLong} when it has more than `maxBytes`.
 */
export async function boundedText(
  response: Response,
  maxBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new TooLong(maxBytes, text);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
