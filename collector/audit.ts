/** `deno task audit`: what was observed, what was missed, and why. */
import { parseArgs } from "node:util";
import { belowWords, readShare } from "./audit/known.ts";
import { audit } from "./audit/report.ts";
import { auditText } from "./audit/text.ts";
import { CliError, runTask } from "./cli/errors.ts";
import { openDatabase } from "./database/client.ts";

const HELP = `What was observed of each market and channel, and what was not.

  deno task audit [--from TIME] [--to TIME] [--venue ID] [--market CODE] [--channel NAME]
                  [--require PERCENT]

  --from, --to TIME  the span by the venue's clock, such as 2026-11-20 or
                     2026-11-20T09:00+09:00; UTC where no zone is named. Default:
                     from the first observation to a few seconds ago
  --venue ID         only this venue or community
  --market CODE      only this market, board or query
  --channel NAME     only trade, ticker or book (the ledger of what sockets
                     delivered), candle (holes in the table of candles) or count
                     (minutes of communities)
  --require PERCENT  fail where less of the span than that, such as 99.9, is known
                     of any stream: observed or repaired. Of the ledger's streams,
                     or of the tables where --channel is candle or count
  --json             everything as data, with each gap and hole
  --help             show this

The first line says what of the span is unknown. Ends with 1 while a gap is open,
that is, neither repaired nor given up, and below what --require asks for.`;

/** The channels that can be asked for. */
const CHANNELS = ["trade", "ticker", "book", "candle", "count"];

/** Milliseconds of an ISO time, UTC where it names no zone. */
function readTime(text: string | undefined, option: string) {
  if (text === undefined) return undefined;
  const zoned = /^\d{4}-\d\d-\d\d$/.test(text) ||
      /[T ].*(Z|[+-]\d\d:?\d\d)$/.test(text)
    ? text
    : `${text}Z`;
  const time = Date.parse(zoned.replace(" ", "T"));
  if (!Number.isNaN(time)) return time;
  throw new CliError(
    `${option} wants a time such as 2026-11-20 or 2026-11-20T09:00+09:00, not "${text}".`,
  );
}

function readArguments(args: string[]) {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args,
      options: {
        from: string,
        to: string,
        venue: string,
        market: string,
        channel: string,
        require: string,
        json: boolean,
        help: boolean,
      },
    }).values;
  } catch (error) {
    throw new CliError(
      `${
        (error as Error).message.replace(/\.$/, "")
      }. See \`deno task audit --help\`.`,
    );
  }
}

async function main(args: string[]): Promise<number> {
  const { json, help, from, to, require, ...scope } = readArguments(args);
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (scope.channel !== undefined && !CHANNELS.includes(scope.channel)) {
    throw new CliError(
      `--channel wants one of ${CHANNELS.join(", ")}, not "${scope.channel}".`,
    );
  }
  const required = require === undefined ? null : readShare(require);
  const options = {
    ...scope,
    from: readTime(from, "--from"),
    to: readTime(to, "--to"),
  };
  const database = await openDatabase();
  try {
    const report = await audit(database.sql, options);
    console.log(json ? JSON.stringify(report) : auditText(report));
    const lacking = required === null ? null : belowWords(report, required);
    if (lacking !== null) console.error(`error: ${lacking}`);
    return report.open > 0 || lacking !== null ? 1 : 0;
  } finally {
    await database.close();
  }
}

if (import.meta.main) await runTask(main);
