/** The market as hours, which the models see and forecast. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { MS } from "../../collector/model/time.ts";

/** What is forecast. */
export const QUANTITIES = ["volatility", "volume", "direction"] as const;
export type Quantity = typeof QUANTITIES[number];

/**
 * A market's hours in a row, the last one last. An hour of which a minute is
 * unknown holds NaN, as does the logarithm of an hour without trade.
 */
export interface Hours {
  venue: string;
  market: string;
  /** Opening time of the first hour, milliseconds UTC. */
  start: number;
  /** ln of the root of the sum of squared 1-minute log returns. */
  volatility: Float64Array;
  /** ln of the volume in base units. */
  volume: Float64Array;
  /** Log return from the close before the hour to its last close. */
  change: Float64Array;
}

/** End of the hour at a place, milliseconds UTC. */
export const endOf = (hours: Hours, place: number): number =>
  hours.start + (place + 1) * MS.hour;

/**
 * The hours up to `end`, at most `count`, of every market in `marts.candles`.
 * @param end milliseconds UTC, a whole minute; hours end at its minute.
 */
export async function readHours(
  connection: DuckDBConnection,
  end: number,
  count: number,
): Promise<Hours[]> {
  const from = end - count * MS.hour;
  const reader = await connection.runAndReadAll(`
    with minutes as (
      select venue, market, epoch_ms(ts) as ms, volume,
        case when ts - lag(ts) over series = interval 1 minute
          then ln(close / lag(close) over series) end as change
      from marts.candles
      where interval = '1m' and state <> 'partial' and close > 0
      window series as (partition by venue, market order by ts)
    )
    select venue, market, ((ms - ${from}) // ${MS.hour})::integer as place,
      case when count(change) = 60 then sqrt(sum(change * change)) end as volatility,
      case when count(*) = 60 then sum(volume) end as volume,
      case when count(change) = 60 then sum(change) end as change
    from minutes
    where ms >= ${from} and ms < ${end}
    group by venue, market, place
    order by venue, market, place`);
  const markets = new Map<string, Hours>();
  for (const row of reader.getRows()) {
    const [venue, market, place, ...values] = row as [
      string,
      string,
      number,
      number | null,
      number | null,
      number | null,
    ];
    const key = `${venue} ${market}`;
    let hours = markets.get(key);
    if (!hours) {
      const unknown = () => new Float64Array(count).fill(NaN);
      markets.set(
        key,
        hours = {
          venue,
          market,
          start: from,
          volatility: unknown(),
          volume: unknown(),
          change: unknown(),
        },
      );
    }
    const [volatility, volume, change] = values;
    hours.volatility[place] = logarithm(volatility);
    hours.volume[place] = logarithm(volume);
    hours.change[place] = change ?? NaN;
  }
  return [...markets.values()];
}

const logarithm = (value: number | null): number =>
  value !== null && value > 0 ? Math.log(value) : NaN;
