import { fillLake } from "./fill_lake.ts";

/** The minute, since 1970, from which minutes are counted. */
export const START = Date.parse("2026-11-01") / 60_000;

/** A minute since 2026-11-01; as high and low as its close where not given. */
export interface Minute {
  minute: number;
  close: number;
  high?: number;
  low?: number;
  volume?: number;
  state?: string;
}

/** Writes them into the lake as the venue's candles of market m at v. */
export async function fillMinutes(
  data: string,
  minutes: Minute[],
): Promise<void> {
  const file = `${data}/minutes.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify(minutes.map((m) => ({
      high: m.close,
      low: m.close,
      volume: 1,
      state: "closed",
      ...m,
    }))),
  );
  await fillLake(
    data,
    "candles",
    `select 'v' as venue, 'm' as market, '1m' as interval,
      timestamptz '2026-11-01 00:00:00+00' + to_minutes(minute) as ts,
      close as open, high, low, close, volume, volume as quote_volume,
      'venue' as source, state, 0 as revision, 1 as written
    from read_json('${file}', columns = {minute: 'BIGINT', high: 'DECIMAL(38,18)', low: 'DECIMAL(38,18)',
      close: 'DECIMAL(38,18)', volume: 'DECIMAL(38,18)', state: 'VARCHAR'})`,
  );
}
