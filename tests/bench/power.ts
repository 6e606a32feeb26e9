/** `deno task bench power`: 20 power cuts of the embedded database at random moments under load. */
import { available } from "../support/requirements.ts";
import type { Figure } from "./figures.ts";
import { powerRun } from "./power_cuts.ts";
import { ext4Cut } from "./power_ext4.ts";
import { randomFrom } from "../support/random.ts";
import type { Losses } from "./power_claims.ts";

const CUTS = 20, EARLY = 5, REAL = 5;

export async function benchPower(seed: number): Promise<Figure[]> {
  const log = (line: string) => console.error(line);
  const figures: Figure[] = [];
  if (available("strace")) {
    const { cuts, control } = await powerRun({
      seed,
      seconds: 20,
      cuts: CUTS,
      early: EARLY,
      control: 3,
      log,
    });
    const unsynced = control.filter(({ failure, losses }) =>
      failure !== null || losses.rows > 0
    ).length;
    figures.push(...figuresOf(
      `${CUTS} power cuts under load, ${EARLY} while it is made`,
      cuts,
      `on a disk whose syncs do nothing ${unsynced} of ${control.length} lose`,
    ));
  } else log("power: the recorded cuts are skipped, they need strace");
  if (available("loop")) {
    const random = randomFrom(seed);
    const cuts: { failure: string | null; losses: Losses }[] = [];
    for (let i = 0; i < REAL; i++) {
      const cut = await ext4Cut(500 + random() * 6000)
        .then((cut) => ({ ...cut, failure: null }))
        .catch((error: Error) => ({
          failure: error.message,
          losses: { rows: 0, claimed: 0, wrong: 0 },
        }));
      log(JSON.stringify(cut));
      cuts.push(cut);
    }
    figures.push(...figuresOf(`${REAL} power cuts of a real ext4`, cuts, ""));
  } else {log(
      "power: the cuts of a real ext4 are skipped, they need root and loop devices",
    );}
  return figures;
}

function figuresOf(
  name: string,
  cuts: { failure: string | null; losses: Losses }[],
  note: string,
): Figure[] {
  const sum = (of: (losses: Losses) => number) =>
    cuts.reduce((total, { losses }) => total + of(losses), 0);
  const figure = (work: string, unit: string, value: number): Figure => ({
    work: `${name}: ${work}`,
    value,
    unit,
    aim: 0,
  });
  return [
    {
      ...figure(
        "embedded databases that do not open",
        "of them",
        cuts.filter(({ failure }) => failure !== null).length,
      ),
      ...(note ? { note } : {}),
      details: cuts,
    },
    figure("acknowledged rows missing", "rows", sum(({ rows }) => rows)),
    figure(
      "claims of the ledger without their trades",
      "trades",
      sum(({ claimed, wrong }) => claimed + wrong),
    ),
  ];
}
