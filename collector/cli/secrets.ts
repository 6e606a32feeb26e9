/**
 * Passwords and tokens never leave the process: every message passes
 * {@link masked} where it is printed, stored or served, whoever wrote it.
 */

/** Last words of a name whose value is secret, such as `PGPASSWORD` or `x-amz-signature`. */
const WORD =
  "(?:password|passwd|passphrase|pwd|secret|token|salt|credential|signature|api[-_]?key|access[-_]?key(?:[-_]?id)?)";
const NAME = `[\\w.-]{0,40}${WORD}`;
const SECRET_NAME = new RegExp(`^(?:${NAME}|app_id|auth|key|sig)$`, "i");

/** `scheme://user:password@`: up to the last `@`, since passwords hold `@` and `/` too. */
const USERINFO =
  /\b([a-z][a-z0-9+.-]{0,20}:\/\/)([^\s"'<>@:/?#]*)(:[^\s"'<>]*)?@/gi;
/** The same, percent-encoded as part of another address. */
const ENCODED_USERINFO =
  /\b([a-z][a-z0-9+.-]{0,20}%3a(?:%2f|\/){2})[^\s"'<>&]*%40/gi;
/**
 * The head of an address's parameter, and its value; percent-encoded too, and so
 * may be the letters of its name.
 */
const PARAMETER =
  /(?:[?&;]|%3f|%26)((?:(?!%26|%3f|%3d)[^=&;?\s"'<>]){1,100})(?:=|%3d)/gi;
const VALUE = /(?:(?!%26)(?:\\.|[^\s&"'<>\\]))*/iy;
/** `password=…` or `password = 'a b'` of a conninfo string or of the environment. */
const PAIR = new RegExp(
  `\\b(${NAME}\\s*=\\s*)('(?:[^'\\\\]|\\\\.)*'|"(?:[^"\\\\]|\\\\.)*"|(?:\\\\.|[^\\s&"'<>\\\\])+)`,
  "gi",
);
/** `"password": "…"`, also within a text in JSON, and `password: '…'`. */
const FIELD = new RegExp(
  `(\\b${NAME}(?:\\\\*["'])?\\s*:\\s*)(\\\\*["'])(.*?)(?<!\\\\)\\2`,
  "gi",
);
/** The path of an address. */
const PATH = /\b((?:https?|wss?):\/\/[^\s"'<>/?#]+)(\/[^\s"'<>?#]+)/gi;
/** A part of a path that is a token, as those of Slack's, Discord's and Telegram's addresses: long, of letters and digits. */
const PATH_TOKEN =
  /(?<=\/)(?=[^/]*\d)(?=[^/]*[a-z])(?:bot\d{6,}(?::|%3a)[\w-]{16,}|[\w~+=-]{20,})(?![\w~+=-])/gi;
const AUTHORIZATION =
  /(\bauthorization\\*["']?\s*[:=]\s*\\*["']?[a-z]+\s+)[^\s"'\\]+/gi;
const BEARER = /\b(bearer\s+)[\w.~+/%=-]{16,}/gi;

const MASK = "***";

/** Variables whose value is secret, or an address that may hold a password. */
const VARIABLES = [
  "DATABASE_URL",
  "SUPABASE_DB_URL",
  "PGPASSWORD",
  "X_BEARER_TOKEN",
  "CROWDTAPE_SALT",
];
/** A shorter secret is masked by its place alone: as a word it may stand anywhere. */
const SHORTEST = 8;

let known: string[] = [];

/**
 * Masks this secret wherever it stands, in plain, percent-encoded and in JSON;
 * of an address its password.
 */
export function keepSecret(value: string): void {
  const own = value.includes("://") ? passwordsOf(value) : [value];
  const forms = own.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]).filter((form) => form.length >= SHORTEST);
  // The longest first: one may begin with another.
  known = [...new Set([...known, ...forms])].sort((a, b) =>
    b.length - a.length
  );
}

/** The passwords of an address as they are written and as they are meant. */
function passwordsOf(address: string): string[] {
  const found: string[] = [];
  const [, password] = /:\/\/[^@:/?#]*:(.*)@/s.exec(address) ?? [];
  if (password) found.push(password);
  for (const [, name, value] of address.matchAll(/[?&]([^=&]+)=([^&]*)/g)) {
    if (SECRET_NAME.test(decoded(name!)) && value) found.push(value);
  }
  return [...new Set(found.flatMap((form) => [form, decoded(form)]))];
}

/** A text without passwords and tokens; a text in JSON stays one. */
export function masked(text: string): string {
  for (const secret of known) text = text.replaceAll(secret, MASK);
  const addresses = text.replace(USERINFO, (_, scheme, user, password) => {
    if (password !== undefined) return `${scheme}${user}:${MASK}@`;
    // A token may stand where a user does; a database's user is none.
    return /^postgres/i.test(scheme)
      ? `${scheme}${user}@`
      : `${scheme}${MASK}@`;
  }).replace(ENCODED_USERINFO, `$1${MASK}%40`);
  return withoutParameters(addresses)
    .replace(PATH, (_, host, path) => host + path.replace(PATH_TOKEN, MASK))
    .replace(PAIR, `$1${MASK}`)
    .replace(FIELD, `$1$2${MASK}$2`)
    .replace(AUTHORIZATION, `$1${MASK}`)
    .replace(BEARER, `$1${MASK}`);
}

function withoutParameters(text: string): string {
  let shown = "";
  let from = 0;
  for (const { 0: head, 1: name, index } of text.matchAll(PARAMETER)) {
    if (index < from || !SECRET_NAME.test(decoded(name!))) continue;
    VALUE.lastIndex = index + head.length;
    VALUE.test(text);
    shown += text.slice(from, index + head.length) + MASK;
    from = VALUE.lastIndex;
  }
  return shown + text.slice(from);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Masks the values of the environment that this process may read. */
export function keepSecretsOfEnvironment(): void {
  for (const variable of VARIABLES) {
    const { state } = Deno.permissions.querySync({ name: "env", variable });
    const value = state === "granted" ? Deno.env.get(variable) : undefined;
    if (value) keepSecret(value);
  }
}

let guarded = false;

/**
 * From now on whatever is printed is masked first: messages, reports in JSON,
 * and errors that nobody caught, which end the process with 1.
 */
export function guardMessages(): void {
  if (guarded) return;
  guarded = true;
  for (const level of ["log", "info", "debug", "warn", "error"] as const) {
    const print = console[level].bind(console);
    console[level] = (...args: unknown[]) =>
      print(
        ...args.map((arg) =>
          masked(typeof arg === "string" ? arg : Deno.inspect(arg))
        ),
      );
  }
  const end = (event: Event, error: unknown) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    failed(error);
  };
  addEventListener("error", (event) => end(event, event.error));
  addEventListener("unhandledrejection", (event) => end(event, event.reason));
}

/** Ends the process over an error that is a defect, with its stack. */
export function failed(error: unknown): never {
  console.error(
    `error: Uncaught ${
      error instanceof Error ? error.stack ?? error.message : error
    }`,
  );
  Deno.exit(1);
}
