/** Who can connect to the embedded database, and who can read its files. */
import assert from "node:assert/strict";
import postgres from "postgres";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import { putDatabase } from "../support/empty_database.ts";
import { test } from "../support/requirements.ts";

/** A data folder that others may look into, as one from before may be. */
async function opened(): Promise<
  { data: string; db: Database; end: () => Promise<void> }
> {
  const parent = await Deno.makeTempDir();
  await Deno.chmod(parent, 0o755);
  const data = await putDatabase(`${parent}/data`);
  for (const folder of [data, `${data}/postgres`]) {
    await Deno.chmod(folder, 0o755);
  }
  const db = await openDatabase({ data });
  return {
    data,
    db,
    end: async () => {
      await db.close();
      await Deno.remove(parent, { recursive: true });
    },
  };
}

async function run(
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** As somebody else on this machine. */
const asAnother = (program: string, ...args: string[]) =>
  run("setpriv", [
    ...["--reuid=65534", "--regid=65534", "--clear-groups"],
    ...[program, ...args],
  ], { PGPASSFILE: "/dev/null" });

Deno.test("the embedded database asks for its password", async (t) => {
  const { data, db, end } = await opened();
  const url = new URL(db.url);

  await t.step(
    "it is a new one at each start, and in a file of the owner's",
    async () => {
      assert.match(decodeURIComponent(url.password), /^[\w-]{32}$/);
      const service = await Deno.readTextFile(`${data}/postgres.service`);
      assert.ok(service.includes(`password=${url.password}`));
      assert.ok(!db.psql!.includes(url.password));
      const mode = async (path: string) =>
        (await Deno.stat(path)).mode! & 0o777;
      assert.equal(await mode(`${data}/postgres.service`), 0o600);
      assert.equal(await mode(`${data}/postgres.lock`), 0o600);
      assert.equal(await mode(`${data}/postgres`), 0o700);
    },
  );

  await t.step(
    "a wrong password, none, and another kind of login are refused",
    async () => {
      for (const password of ["", "wrong", `${url.password}x`]) {
        const sql = postgres({
          host: "127.0.0.1",
          port: Number(url.port),
          user: "postgres",
          database: "postgres",
          password,
          max: 1,
        });
        await assert.rejects(
          sql`select 1`,
          /password authentication failed|SASL_SIGNATURE_MISMATCH/,
          password,
        );
        await sql.end();
      }
      // A password in clear, which was not asked for.
      const reply = await converse(Number(url.port), [
        startup("postgres"),
        message("p", `${url.password}\0`),
      ]);
      assert.match(reply, /password authentication failed/);
      // A query without any login.
      const silent = await converse(Number(url.port), [
        startup("postgres"),
        message("Q", "select 1\0"),
      ]);
      assert.ok(!silent.includes("SELECT"), silent);
    },
  );

  await t.step(
    "who has not logged in costs little and holds nothing up",
    async () => {
      const port = Number(url.port);
      // A start of a megabyte is not waited for.
      const long = await Deno.connect({ port });
      await long.write(Uint8Array.of(0, 16, 0, 0, 0, 3, 0, 0));
      assert.equal(await long.read(new Uint8Array(1)), null);
      long.close();
      const strangers = await Promise.all(
        Array.from({ length: 200 }, () => Deno.connect({ port })),
      );
      const sql = postgres(db.url, { max: 1 });
      assert.equal((await sql`select 1 as one`)[0]!.one, 1);
      await sql.end();
      await end();
      for (const stranger of strangers) stranger.close();
    },
  );
});

test("psql connects with the line that is printed", ["psql"], async () => {
  const { db, end } = await opened();
  const { code, out, err } = await run("sh", [
    "-c",
    `${db.psql} -At -c "select count(*) from trades"`,
  ]);
  assert.equal(code, 0, err);
  assert.equal(out, "0\n");
  const wrong = await run("sh", [
    "-c",
    db.psql!.replace(/service=\S+$/, `"$& password=wrong" -w -c "select 1"`),
  ]);
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.err, /password authentication failed/);
  await end();
});

test(
  "psql as another user of the machine is refused",
  ["psql", "anotherUser"],
  async () => {
    const { data, db, end } = await opened();
    const { port } = new URL(db.url);
    const address = `host=127.0.0.1 port=${port} user=postgres dbname=postgres`;
    for (const given of ["", " password=guessed"]) {
      const { code, err } = await asAnother(
        ...[
          "psql",
          "-w",
          "-c",
          "select * from posts",
          address + given,
        ] as const,
      );
      assert.notEqual(code, 0);
      assert.match(
        err,
        given ? /password authentication failed/ : /no password supplied/,
      );
    }
    // It could look into the data folder, but not read what opens the database.
    assert.equal((await asAnother("ls", data)).code, 0);
    for (
      const secret of [
        "postgres.service",
        "postgres/PG_VERSION",
        "postgres/base",
      ]
    ) {
      const { code, err } = await asAnother("cat", `${data}/${secret}`);
      assert.notEqual(code, 0);
      assert.match(err, /Permission denied/);
    }
    const locked = await asAnother(
      "flock",
      "-n",
      `${data}/postgres.lock`,
      "true",
    );
    assert.match(locked.err, /Permission denied/);
    await end();
  },
);

const encoder = new TextEncoder();

function message(letter: string, text: string): Uint8Array {
  const bytes = new Uint8Array(5 + text.length);
  bytes[0] = letter.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, 4 + text.length);
  bytes.set(encoder.encode(text), 5);
  return bytes;
}

function startup(user: string): Uint8Array {
  const text = encoder.encode(`user\0${user}\0\0`);
  const bytes = new Uint8Array(8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, bytes.length);
  view.setInt32(4, 3 << 16);
  bytes.set(text, 8);
  return bytes;
}

/** Sends messages one after another; all that the server says until it hangs up. */
async function converse(port: number, messages: Uint8Array[]): Promise<string> {
  const connection = await Deno.connect({ port });
  let said = "";
  const part = new Uint8Array(4096);
  for (const bytes of messages) {
    await connection.write(bytes);
    const read = await connection.read(part);
    if (read === null) break;
    said += new TextDecoder("latin1").decode(part.subarray(0, read));
  }
  const rest = await connection.read(part);
  connection.close();
  assert.equal(rest, null, "the server hangs up");
  return said;
}
