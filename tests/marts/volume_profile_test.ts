import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { ask, withData } from "../bench/fill_lake.ts";
import { fillMinutes, type Minute, START } from "../bench/fill_minutes.ts";
import { randomFrom } from "../support/random.ts";

interface Bucket {
  price_low: number;
  price_high: number;
  volume: number;
  point_of_control: boolean;
  value_area: boolean;
  from_minute: number;
  to_minute: number;
  known_minutes: number;
  minutes: number;
}

async function profile(data: string, range: string): Promise<Bucket[]> {
  await analyze({ data, only: "volume_profile" });
  return await ask(
    data,
    `select * exclude (venue, market, range, from_ts, to_ts),
      (epoch_ms(from_ts) / 60000 - ${START})::integer as from_minute,
      (epoch_ms(to_ts) / 60000 - ${START})::integer as to_minute
    from marts.volume_profile where range = '${range}' order by bucket`,
  ) as unknown as Bucket[];
}

/** A plain reading of the definition: every minute against every bucket. */
function reference(minutes: Minute[], buckets = 48) {
  const low = Math.min(...minutes.map((m) => m.low!));
  const high = Math.max(...minutes.map((m) => m.high!));
  const step = (high - low) / buckets;
  const volumes = Array.from({ length: buckets }, (_, i) => {
    const [from, to] = [low + i * step, low + (i + 1) * step];
    let sum = 0;
    for (const m of minutes) {
      const size = m.high! - m.low!;
      if (size > 0) {
        sum += m.volume! *
          Math.max(Math.min(m.high!, to) - Math.max(m.low!, from), 0) / size;
      } else if (
        Math.min(Math.floor((m.low! - low) / step), buckets - 1) === i
      ) {
        sum += m.volume!;
      }
    }
    return sum;
  });
  const total = volumes.reduce((a, b) => a + b, 0);
  const control = volumes.indexOf(Math.max(...volumes));
  let [bottom, top, inside] = [control, control, volumes[control]!];
  while (inside < 0.7 * total) {
    const above = volumes[top + 1] ?? -1, below = volumes[bottom - 1] ?? -1;
    if (above >= below) top++;
    else bottom--;
    inside += Math.max(above, below);
  }
  return { low, high, volumes, control, bottom, top };
}

function market(n: number): Minute[] {
  const random = randomFrom(3);
  let close = 5000;
  return Array.from({ length: n }, (_, minute) => {
    close += Math.round((random() - 0.5) * 24 - (close - 5000) / 200);
    const still = random() < 0.1;
    return {
      minute,
      close,
      high: close + (still ? 0 : Math.round(random() * 15)),
      low: close - (still ? 0 : Math.round(random() * 15)),
      volume: Math.round(random() * 1000) / 16,
    };
  });
}

Deno.test("volume profile: its buckets, point of control and value area", async () => {
  await withData(async (data) => {
    const n = 3000;
    const minutes = market(n).filter(({ minute }) => minute % 97 !== 0);
    const partial = new Set([n - 50, n - 700]);
    await fillMinutes(
      data,
      minutes.map((m) =>
        partial.has(m.minute) ? { ...m, state: "partial" } : m
      ),
    );
    for (const [range, length] of [["1d", 1440], ["7d", 10080]] as const) {
      const got = await profile(data, range);
      const used = minutes.filter((m) =>
        m.minute >= n - length && !partial.has(m.minute)
      );
      const want = reference(used);
      assert.equal(got.length, 48);
      for (const [i, bucket] of got.entries()) {
        const { volume } = bucket, wanted = want.volumes[i]!;
        assert.ok(
          Math.abs(volume - wanted) <= 1e-9 * wanted,
          `${range} ${i}: ${volume}, not ${wanted}`,
        );
        assert.equal(bucket.point_of_control, i === want.control);
        assert.equal(bucket.value_area, i >= want.bottom && i <= want.top);
      }
      assert.deepEqual(
        [got[0]!.price_low, got[47]!.price_high],
        [want.low, want.high],
      );
      assert.deepEqual(
        [
          got[0]!.from_minute,
          got[0]!.to_minute,
          got[0]!.known_minutes,
          got[0]!.minutes,
        ],
        [n - length, n, used.length, length],
      );
      assert.ok(want.top - want.bottom > 5 && want.bottom > 0);
    }
  });
});

Deno.test("volume profile of a price that does not move: one bucket", async () => {
  await withData(async (data) => {
    await fillMinutes(data, [
      { minute: 0, close: 7, volume: 2 },
      { minute: 1, close: 7, volume: 3 },
    ]);
    assert.deepEqual(
      (await profile(data, "1d")).map((b) => [
        b.price_low,
        b.price_high,
        b.volume,
        b.point_of_control,
        b.value_area,
      ]),
      [[7, 7, 5, true, true]],
    );
  });
});

Deno.test("the Korean day opens at 15:00 UTC", async () => {
  await withData(async (data) => {
    await fillMinutes(data, market(3 * 1440));
    await analyze({ data, only: "candles" });
    const days = await ask(
      data,
      `select strftime(ts, '%d %H:%M') as opens, state, volume from marts.candles
      where interval = '1d-kst' order by ts`,
    );
    assert.deepEqual(days.map((d) => [d.opens, d.state]), [
      ["31 15:00", "partial"],
      ["01 15:00", "closed"],
      ["02 15:00", "closed"],
      ["03 15:00", "partial"],
    ]);
    const sum = market(3 * 1440).slice(15 * 60, 39 * 60).reduce(
      (a, m) => a + m.volume!,
      0,
    );
    assert.ok(Math.abs(Number(days[1]!.volume) - sum) < 1e-9 * sum);
  });
});
