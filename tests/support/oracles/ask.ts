/** Asks a Python script of this folder: JSON in, JSON out. */
export async function askOracle<T>(
  script: string,
  question: unknown,
): Promise<T> {
  const child = new Deno.Command("python3", {
    args: [new URL(`./${script}.py`, import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { success, stdout, stderr } = await output;
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout)) as T;
}
