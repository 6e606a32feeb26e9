/** `deno task sql`: lake, marts and tables in one shell. */
import process from "node:process";
import * as readline from "node:readline/promises";
import { dataFolder } from "../collector/cli/data_folder.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import {
  type Answer,
  asCsv,
  asJson,
  asTable,
  type Form,
} from "./shell/results.ts";
import {
  databaseSession,
  lakeSession,
  type Session,
} from "./shell/sessions.ts";

const HELP =
  `deno task sql [--database] [-c SQL] [--csv | --json] [--rows N] [--write]

Lake and marts in SQL, or with --database the tables of the database that
collects; table names are those of the SQL editor. Without -c it asks for
statements, each ended by ";". Ids and decimals are shown to the last digit,
times in UTC.

  --database  the database (DATABASE_URL, else the embedded one)
  -c SQL      run this and end
  --csv       answers as CSV
  --json      answers as JSON, values as text
  --rows N    most rows of an answer, default 50 on a screen, else all
  --write     statements may change what they reach
  --help      show this

In the shell: .tables lists the tables, .quit ends it, the arrow keys go
through what was asked before (kept in data/sql_history).`;

/** Rows of an answer on a screen. */
const ON_SCREEN = 50;
/** Statements that are kept for the next time. */
const KEPT = 500;

function show(answers: Answer[], form: Form): void {
  for (const answer of answers) {
    if (answer.columns.length === 0) continue;
    console.log(
      form === "csv"
        ? asCsv(answer)
        : form === "json"
        ? asJson(answer)
        : asTable(answer, screenWidth()),
    );
  }
}

function screenWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 120;
  }
}

/** Lines as they are typed, with a history, or as they come through a pipe. */
interface Lines {
  lines: AsyncIterable<string>;
  prompt(text: string): void;
  close(): void;
}

function typed(history: string[]): Lines {
  const lines = readline.createInterface({
    input: process.stdin,
    output: process.stdout,
    history: history.toReversed(),
    historySize: KEPT,
  });
  return {
    lines,
    prompt: (text) => {
      lines.setPrompt(text);
      lines.prompt();
    },
    close: () => lines.close(),
  };
}

async function* piped(): AsyncGenerator<string> {
  let rest = "";
  for await (
    const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  yield rest;
}

async function shell(
  session: Session,
  form: Form,
  most: number,
): Promise<void> {
  const file = `${dataFolder()}/sql_history`;
  const history = (await Deno.readTextFile(file).catch(() => ""))
    .split("\n").filter(Boolean).slice(-KEPT);
  const { lines, prompt, close } = Deno.stdin.isTerminal()
    ? typed(history)
    : { lines: piped(), prompt: () => {}, close: () => {} };
  const run = async (text: string) => {
    try {
      show(await session.run(text, most), form);
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      console.error(error.message);
    }
  };
  let asked = "";
  prompt("sql> ");
  for await (const line of lines) {
    const command = asked === "" ? line.trim() : "";
    if (/^\.(quit|exit)$/.test(command)) break;
    if (command === ".tables") await run(session.tables);
    else if (command.startsWith(".")) {
      console.error(`There is no ${command}; there are .tables and .quit.`);
    } else if (command !== "" || asked !== "") asked += `${line}\n`;
    if (/;\s*$/.test(asked)) {
      const text = asked.trim();
      asked = "";
      history.push(text.replace(/\s*\n\s*/g, " "));
      await Deno.writeTextFile(file, history.slice(-KEPT).join("\n") + "\n", {
        mode: 0o600,
      });
      await run(text);
    }
    prompt(asked === "" ? "sql> " : "...> ");
  }
  close();
}

if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("sql", args, {
      database: { type: "boolean" },
      command: { type: "string", short: "c" },
      csv: { type: "boolean" },
      json: { type: "boolean" },
      rows: { type: "string" },
      write: { type: "boolean" },
      help: { type: "boolean" },
    });
    if (values.help) return console.log(HELP);
    if (values.csv && values.json) {
      throw new CliError("--csv and --json are two forms: choose one.");
    }
    const form: Form = values.csv ? "csv" : values.json ? "json" : "table";
    const most = values.rows === undefined
      ? form === "table" ? ON_SCREEN : Infinity
      : Number(values.rows);
    if (!(most >= 1) || most !== Infinity && !Number.isInteger(most)) {
      throw new CliError(
        `--rows wants a whole number from 1 on, not "${values.rows}".`,
      );
    }
    const session = await (values.database ? databaseSession : lakeSession)(
      values.write ?? false,
    );
    try {
      if (values.command !== undefined) {
        show(await session.run(values.command, most), form);
      } else await shell(session, form, most);
    } finally {
      await session.close();
    }
  });
}
