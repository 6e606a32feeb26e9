/**
 * A small gated recurrent network (Cho et al. 2014) over the last 12 hours,
 * one for all markets, that forecasts the three quantities together.
 * From one seed and one training set it comes out the same, to the last digits
 * of single precision.
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { randomFrom } from "../statistics/random.ts";
import { CHANNELS, seriesOf, WINDOW, windowOf } from "./features.ts";
import { registerGradients } from "./gradients.ts";
import { endOf, type Hours, QUANTITIES } from "./hours.ts";
import { MS } from "../../collector/model/time.ts";
import { Leakage } from "./leakage.ts";

const UNITS = 8;
const EPOCHS = 15;
const BATCH = 256;
const RATE = 0.02;
const SEED = 20;
/** Newest hours that it is fitted to, so that a fit takes seconds however long the history. */
const MEMORY = 168;
/** Fewest windows to fit it to. */
const LEAST = 100;

/** One window and the hour that followed it. */
export interface Example {
  market: string;
  x: Float32Array;
  /** By {@link QUANTITIES}, in the units of `seriesOf`. */
  y: number[];
  /** End of the hour that followed, milliseconds UTC. */
  targetTo: number;
}

/** Mean and deviation by which figures of a market are scaled, all from the training set. */
interface Scale {
  mean: number[];
  deviation: number[];
}

let ready = false;
async function start(): Promise<void> {
  if (ready) return;
  // It speaks of its Node version otherwise.
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
  registerGradients();
  ready = true;
}

/** The windows whose next hour had ended by `issuedAt`. */
export function examples(markets: Hours[], issuedAt: number): Example[] {
  const list: Example[] = [];
  for (const hours of markets) {
    const targets = QUANTITIES.map((quantity) => seriesOf(hours, quantity));
    const last = Math.floor((issuedAt - hours.start) / MS.hour) - 1;
    for (
      let place = Math.max(0, last - MEMORY);
      place + 1 < hours.change.length && place + 1 <= last;
      place++
    ) {
      const y = targets.map((series) => series[place + 1]!);
      const x = y.some(Number.isNaN) ? null : windowOf(hours, place, issuedAt);
      if (!x) continue;
      const market = `${hours.venue} ${hours.market}`;
      list.push({ market, x, y, targetTo: endOf(hours, place + 1) });
    }
  }
  return list;
}

/** A fitted network. */
export class Gru {
  /** Fits that came to nothing have none. */
  private constructor(
    /** End of the newest target it was fitted to, milliseconds UTC. */
    readonly trainedTo: number,
    private scales: Map<string, Scale>,
    private weights: tf.Variable[],
  ) {}

  /**
   * Fits a network to examples.
   * @returns null with fewer than 100 of them.
   * @throws {Leakage} when a target of theirs ends after `issuedAt`.
   */
  static async fit(list: Example[], issuedAt: number): Promise<Gru | null> {
    const trainedTo = list.reduce((max, e) => Math.max(max, e.targetTo), 0);
    if (trainedTo > issuedAt) {
      throw new Leakage(
        `A model of ${new Date(issuedAt).toISOString()} is trained up to ${
          new Date(trainedTo).toISOString()
        }.`,
      );
    }
    if (list.length < LEAST) return null;
    await start();
    const scales = scalesOf(list);
    const model = new Gru(trainedTo, scales, weights());
    model.#train(list);
    return model;
  }

  /** The next hour of a market by {@link QUANTITIES}; null for a market it was not fitted to. */
  forecast(market: string, x: Float32Array): number[] | null {
    const scale = this.scales.get(market);
    if (!scale) return null;
    const scaled = tf.tidy(() =>
      this.#run(
        tf.tensor3d(scaleWindow(x, scale), [1, WINDOW, CHANNELS]),
      ).dataSync()
    );
    return QUANTITIES.map((_, i) => unscale(scaled[i]!, i, scale));
  }

  dispose(): void {
    for (const weight of this.weights) weight.dispose();
  }

  #train(list: Example[]): void {
    const order = shuffled(list, randomFrom(SEED));
    const n = order.length;
    const x = new Float32Array(n * WINDOW * CHANNELS),
      y = new Float32Array(n * 3);
    order.forEach((example, i) => {
      const scale = this.scales.get(example.market)!;
      x.set(scaleWindow(example.x, scale), i * WINDOW * CHANNELS);
      example.y.forEach((value, j) => y[i * 3 + j] = rescale(value, j, scale));
    });
    const inputs = tf.tensor3d(x, [n, WINDOW, CHANNELS]);
    const targets = tf.tensor2d(y, [n, 3]);
    const adam = tf.train.adam(RATE);
    for (let epoch = 0; epoch < EPOCHS; epoch++) {
      for (let from = 0; from < n; from += BATCH) {
        const size = Math.min(BATCH, n - from);
        tf.tidy(() => {
          adam.minimize(
            () => {
              const made = this.#run(
                tf.slice(inputs, [from, 0, 0], [size, WINDOW, CHANNELS]),
              );
              const error = tf.sub(
                made,
                tf.slice(targets, [from, 0], [size, 3]),
              );
              return tf.mul(
                tf.sum(tf.square(error)),
                tf.scalar(1 / (3 * size)),
              ) as tf.Scalar;
            },
            false,
            this.weights,
          );
        });
      }
    }
    adam.dispose();
    tf.dispose([inputs, targets]);
  }

  #run(x: tf.Tensor3D): tf.Tensor2D {
    const [wx, wh, b, wo, bo] = this.weights as unknown as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor1D,
      tf.Tensor2D,
      tf.Tensor1D,
    ];
    const n = x.shape[0];
    const inputs = tf.reshape(
      tf.add(
        tf.matMul(tf.reshape(x, [n * WINDOW, CHANNELS]) as tf.Tensor2D, wx),
        b,
      ),
      [n, WINDOW, 3 * UNITS],
    );
    let state = tf.zeros([n, UNITS]) as tf.Tensor2D;
    for (const input of tf.unstack(inputs, 1)) {
      const [iz, ir, ih] = tf.split(input, 3, 1);
      const [sz, sr, sh] = tf.split(tf.matMul(state, wh), 3, 1);
      const update = tf.sigmoid(tf.add(iz!, sz!));
      const reset = tf.sigmoid(tf.add(ir!, sr!));
      const fresh = tf.tanh(tf.add(ih!, tf.mul(reset, sh!)));
      state = tf.add(fresh, tf.mul(update, tf.sub(state, fresh)));
    }
    return tf.add(tf.matMul(state, wo), bo);
  }
}

/** Glorot's uniform weights from the seed, biases 0. */
function weights(): tf.Variable[] {
  const random = randomFrom(SEED);
  const drawn = (rows: number, columns: number) => {
    const limit = Math.sqrt(6 / (rows + columns));
    const values = Float32Array.from(
      { length: rows * columns },
      () => (2 * random() - 1) * limit,
    );
    return tf.variable(tf.tensor2d(values, [rows, columns]));
  };
  return [
    drawn(CHANNELS, 3 * UNITS),
    drawn(UNITS, 3 * UNITS),
    tf.variable(tf.zeros([3 * UNITS])),
    drawn(UNITS, 3),
    tf.variable(tf.zeros([3])),
  ];
}

function scalesOf(list: Example[]): Map<string, Scale> {
  const scales = new Map<string, Scale>();
  for (const market of new Set(list.map((e) => e.market))) {
    const own = list.filter((e) => e.market === market);
    // The targets of volatility and volume are the next hours' inputs: one scale for both.
    const moments = (j: number) => {
      const mean = own.reduce((sum, e) => sum + e.y[j]!, 0) / own.length;
      const square = own.reduce((sum, e) => sum + (e.y[j]! - mean) ** 2, 0);
      return [mean, Math.sqrt(square / own.length) || 1] as const;
    };
    const both = [moments(0), moments(1)];
    scales.set(market, {
      mean: both.map(([mean]) => mean),
      deviation: both.map(([, deviation]) => deviation),
    });
  }
  return scales;
}

/** Direction is on its scale already. */
const rescale = (value: number, j: number, { mean, deviation }: Scale) =>
  j < 2 ? (value - mean[j]!) / deviation[j]! : value;

const unscale = (value: number, j: number, { mean, deviation }: Scale) =>
  j < 2 ? value * deviation[j]! + mean[j]! : value;

function scaleWindow(x: Float32Array, scale: Scale): Float32Array {
  const scaled = Float32Array.from(x);
  for (let i = 0; i < scaled.length; i += CHANNELS) {
    scaled[i] = rescale(scaled[i]!, 0, scale);
    scaled[i + 1] = rescale(scaled[i + 1]!, 1, scale);
  }
  return scaled;
}

function shuffled<T>(list: T[], random: () => number): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
