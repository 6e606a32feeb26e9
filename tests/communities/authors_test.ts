import assert from "node:assert/strict";
import { authorHasher, loadSalt } from "../../collector/communities/authors.ts";

const hash = authorHasher("pepper");

Deno.test("authors are hashed: stable, salted, never raw", () => {
  assert.equal(hash("user_1"), authorHasher("pepper")("user_1"));
  assert.notEqual(hash("user_1"), authorHasher("salt")("user_1"));
  assert.notEqual(hash("user_1"), hash("user_2"));
  assert.match(hash("user_1"), /^[0-9a-f]{32}$/);
});

Deno.test("a salt is made once, kept, and overruled by the environment", async () => {
  const data = await Deno.makeTempDir();
  const lines: string[] = [];
  const before = Deno.env.get("CROWDTAPE_SALT");
  Deno.env.delete("CROWDTAPE_SALT");
  try {
    const made = await loadSalt(data, (line) => lines.push(line));
    assert.equal(await loadSalt(data, (line) => lines.push(line)), made);
    assert.equal(lines.length, 1);
    assert(!lines[0]!.includes(made));
    assert.equal((await Deno.stat(`${data}/salt`)).mode! & 0o777, 0o600);
    Deno.env.set("CROWDTAPE_SALT", "mine");
    assert.equal(await loadSalt(data, () => {}), "mine");
    Deno.env.delete("CROWDTAPE_SALT");
    await Deno.writeTextFile(`${data}/salt`, "");
    await assert.rejects(loadSalt(data, () => {}), { name: "CliError" });
  } finally {
    if (before === undefined) Deno.env.delete("CROWDTAPE_SALT");
    else Deno.env.set("CROWDTAPE_SALT", before);
    await Deno.remove(data, { recursive: true });
  }
});
