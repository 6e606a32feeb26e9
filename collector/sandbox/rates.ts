import { MINUTE, type World } from "./world.ts";

/** Minutes between two rates: the official one moves every ten minutes, that of USDT every minute. */
const EVERY: Record<string, number> = { USD: 10, USDT: 1 };

/** What a USDT (by the Korean market) or a dollar costs in won in a minute since the epoch. */
export function wonPer(world: World, base: string, minute: number): number {
  const { climate } = world;
  const official = climate.wonPerDollar(minute);
  const won = base === "USDT"
    ? official * (1 + climate.tether(minute))
    : official;
  return Math.round(won * 100) / 100;
}

/**
 * `/rates/USD` and `/rates/USDT`: the newest rate in won, as of the last full
 * step; `/rates/<base>/history`: all of the past.
 */
export function ratePage(world: World, url: URL, now: number): Response {
  const [, base = "", history] =
    /^\/rates\/(\w+)(\/history)?$/.exec(url.pathname) ?? [];
  const every = EVERY[base];
  if (!every) return new Response("Not Found", { status: 404 });
  const last = Math.floor(now / MINUTE / every) * every;
  if (!history) {
    const rates = { KRW: wonPer(world, base, last) };
    return Response.json({ base, time: last * 60, rates });
  }
  const rates: Record<string, { KRW: number }> = {};
  const first = Math.ceil(world.start / every) * every - every;
  for (let minute = first; minute <= last; minute += every) {
    const time = new Date(minute * MINUTE).toISOString();
    rates[time] = { KRW: wonPer(world, base, minute) };
  }
  return Response.json({ base, rates });
}
