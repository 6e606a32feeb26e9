import { connect } from "../../collector/database/client.ts";
import { madeOnce } from "./made_once.ts";
import { postgresPrograms } from "./requirements.ts";

/** A PostgreSQL server of this test's own. */
export interface PostgresServer {
  /** Address of an empty database on it. */
  url: string;
  /** Makes a further empty database and returns its address. */
  database(name: string): Promise<string>;
  /** Ends the server, by default as a crash would; its data stays. */
  halt(how?: "fast" | "immediate"): Promise<void>;
  /** Starts it again after {@link halt}. */
  resume(): Promise<void>;
  /** Ends it for good and removes its data. */
  stop(): Promise<void>;
}

/** Runs a command to its end; throws with its output when it fails. */
async function run(command: string, args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) {
    const text = new TextDecoder();
    throw new Error(
      `${command} ${args.join(" ")}: ${text.decode(stdout)}${
        text.decode(stderr)
      }`,
    );
  }
}

/** The server refuses to run as root. */
const isRoot = Deno.uid() === 0;

/** Runs one of the server's programs. */
const runProgram = (program: string, ...args: string[]): Promise<void> =>
  isRoot
    ? run("su", [
      "postgres",
      "-s",
      "/bin/sh",
      "-c",
      [program, ...args].map((a) => `'${a}'`).join(" "),
    ])
    : run(program, args);

/** Data of a server that has not been started yet, the same for all. */
const newData = (programs: string): Promise<string> =>
  madeOnce(
    `postgres${programs.replaceAll("/", "-")}`,
    async (folder) => {
      const made = await Deno.makeTempDir({ prefix: "crowdtape-postgres-" });
      if (isRoot) await run("chown", ["postgres", made]);
      await runProgram(
        `${programs}/initdb`,
        ...["-D", `${made}/data`],
        ...["-U", "postgres", "-A", "trust", "--no-sync"],
      );
      // Copied by root, it is root's: nobody but this user reads what is made once.
      await run("cp", ["-r", `${made}/data`, folder]);
      await Deno.remove(made, { recursive: true });
    },
  );

/**
 * Starts PostgreSQL on a free port of loopback, in a folder that is removed
 * afterwards.
 * @param synced whether a commit waits for the disk, as where its speed is
 * measured; what a process wrote is there after its crash all the same
 * @param settings further ones of the server, such as `cron.database_name=crowdtape`
 */
export async function startPostgres(
  { synced = false, settings = [] as string[] } = {},
): Promise<PostgresServer> {
  const programs = postgresPrograms;
  if (!programs) {
    throw new Error("no PostgreSQL server programs under /usr/lib/postgresql");
  }
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-postgres-" });
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = probe.addr.port;
  probe.close();
  await run("cp", ["-r", await newData(programs), `${folder}/data`]);
  await Deno.chmod(`${folder}/data`, 0o700);
  if (isRoot) await run("chown", ["-R", "postgres", folder]);
  const as = (program: string, ...args: string[]) =>
    runProgram(`${programs}/${program}`, ...args);
  const start = () =>
    as(
      "pg_ctl",
      "-D",
      `${folder}/data`,
      "-w",
      "-l",
      `${folder}/log`,
      "-o",
      `-p ${port} -c listen_addresses=127.0.0.1 -k ${folder} -c max_connections=60 -c shared_buffers=256MB -c fsync=${
        synced ? "on" : "off"
      }${settings.map((setting) => ` -c ${setting}`).join("")}`,
      "start",
    );
  await start();
  const address = (name: string) =>
    `postgres://postgres@127.0.0.1:${port}/${name}`;
  const database = async (name: string) => {
    const sql = connect(address("postgres"), 1);
    await sql`create database ${sql(name)}`;
    await sql.end();
    return address(name);
  };
  let running = true;
  const halt = async (how = "immediate") => {
    if (!running) return;
    running = false;
    await as("pg_ctl", "-D", `${folder}/data`, "-m", how, "stop");
  };
  return {
    url: await database("crowdtape"),
    database,
    halt,
    resume: async () => {
      await start();
      running = true;
    },
    stop: async () => {
      await halt();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
