import type { WorldMarket } from "../markets.ts";

/** One type of stream that a listener asked for. */
export interface Wish {
  type: string;
  markets: WorldMarket[];
  /** Order book levels wanted, by market code. */
  levels: Map<string, number>;
  snapshot: boolean;
  realtime: boolean;
}

/** What a venue that speaks Upbit's protocol accepts in a request. */
export interface RequestRules {
  venue: string;
  markets: WorldMarket[];
  types: string[];
  /** The names of the flags that are heeded; others are passed over. */
  onlySnapshot: string[];
  onlyRealtime: string[];
  /** How it refuses what is missing or unknown; null: not at all. */
  noType: Refusal;
  noCodes: Refusal;
  emptyCodes: Refusal | null;
  unknownFormat: Refusal | null;
  unknownLevel: Refusal | null;
}

type Refusal = [code: ErrorCode, message?: string];

/** The wording of each refusal, after which the socket is closed with 1000. */
const errors = {
  NO_TICKET: "티켓이 존재하지 않거나, 유효하지 않습니다.",
  NO_TYPE: "타입 필드가 존재하지 않습니다.",
  NO_CODES: "코드 필드가 존재하지 않습니다.",
  INVALID_PARAM: "지원하지 않는 타입입니다.",
  WRONG_FORMAT: "Format 이 맞지 않습니다.",
};
type ErrorCode = keyof typeof errors;

/** A request that the venue does not take. */
export class Refused extends Error {
  constructor(readonly code: ErrorCode, message: string = errors[code]) {
    super(message);
  }
}

/**
 * Reads a subscription. Codes that do not exist, lower-case ones among them,
 * are passed over without a word, as on the wire.
 * @throws {Refused}
 */
export function readRequest(
  text: string,
  rules: RequestRules,
): { wishes: Wish[]; simple: boolean } {
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    throw new Refused("WRONG_FORMAT");
  }
  if (!Array.isArray(parts)) throw new Refused("WRONG_FORMAT");
  const fields = parts as Record<string, unknown>[];
  if (!fields.some((part) => part?.ticket)) throw new Refused("NO_TICKET");
  const format = fields.find((part) => part.format)?.format ?? "DEFAULT";
  if (format !== "DEFAULT" && format !== "SIMPLE" && rules.unknownFormat) {
    throw new Refused(...rules.unknownFormat);
  }
  const wishes: Wish[] = [];
  for (const part of fields) {
    if (part.ticket || part.format) continue;
    if (typeof part.type !== "string") throw new Refused(...rules.noType);
    if (!rules.types.includes(part.type)) {
      throw new Refused(
        "INVALID_PARAM",
        `${part.type} 은 ${errors.INVALID_PARAM}`,
      );
    }
    if (!Array.isArray(part.codes)) throw new Refused(...rules.noCodes);
    if (part.codes.length === 0 && rules.emptyCodes) {
      throw new Refused(...rules.emptyCodes);
    }
    // Books grouped by price are not simulated.
    if (
      ![undefined, 0, 1].includes(part.level as number) && rules.unknownLevel
    ) {
      throw new Refused(...rules.unknownLevel);
    }
    const says = (names: string[]) => names.some((name) => part[name] === true);
    const wish: Wish = {
      type: part.type,
      markets: [],
      levels: new Map(),
      snapshot: !says(rules.onlyRealtime),
      realtime: !says(rules.onlySnapshot),
    };
    for (const code of part.codes) {
      const [name, levels] = String(code).split(".");
      const market = rules.markets.find((m) => m.market === name);
      if (!market) continue;
      wish.markets.push(market);
      if (levels) wish.levels.set(market.market, Number(levels));
    }
    wishes.push(wish);
  }
  if (wishes.length === 0) throw new Refused(...rules.noType);
  return { wishes, simple: format === "SIMPLE" };
}
