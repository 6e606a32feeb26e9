/** An ordinary least squares fit. */
export interface Fit {
  coefficients: Float64Array;
  /** Classical standard errors, from RSS / (n − k). */
  errors: Float64Array;
  residuals: Float64Array;
  /** Residual sum of squares. */
  rss: number;
  n: number;
  k: number;
  /** (XᵀX)⁻¹, row by row; times RSS / (n − k) it is the covariance. */
  inverse: Float64Array;
}

/**
 * β̂ = argmin ‖y − Xβ‖² by Householder's QR, which works on X and not on XᵀX
 * and so keeps the digits of near-collinear lags (Golub & Van Loan, Matrix
 * Computations, §5.3).
 *
 * @param columns the columns of X, each as long as `y`; a constant is a column of ones.
 * @returns null where the columns depend on one another or there are no more rows than columns.
 */
export function leastSquares(
  columns: Float64Array[],
  y: Float64Array,
): Fit | null {
  const n = y.length, k = columns.length;
  if (n <= k) return null;
  const q = columns.map((column) => Float64Array.from(column));
  const r = new Float64Array(k * k);
  const z = Float64Array.from(y);
  for (let j = 0; j < k; j++) {
    const v = q[j]!;
    const whole = norm(columns[j]!, 0);
    const length = norm(v, j);
    if (!(length > 1e-11 * whole)) return null;
    const head = v[j]! > 0 ? -length : length;
    r[j * k + j] = head;
    v[j] = v[j]! - head;
    // ‖v‖² of the reflector, without a second pass.
    const square = -head * v[j]!;
    for (let c = j + 1; c < k; c++) r[j * k + c] = reflect(v, q[c]!, j, square);
    reflect(v, z, j, square);
  }
  const coefficients = new Float64Array(k);
  for (let j = k - 1; j >= 0; j--) {
    let sum = z[j]!;
    for (let c = j + 1; c < k; c++) sum -= r[j * k + c]! * coefficients[c]!;
    coefficients[j] = sum / r[j * k + j]!;
  }
  const residuals = Float64Array.from(y);
  for (let c = 0; c < k; c++) {
    const column = columns[c]!, beta = coefficients[c]!;
    for (let i = 0; i < n; i++) residuals[i]! -= column[i]! * beta;
  }
  let rss = 0;
  for (let i = 0; i < n; i++) rss += residuals[i]! * residuals[i]!;
  const inverse = invertTriangle(r, k);
  const variance = rss / (n - k);
  const errors = Float64Array.from(
    { length: k },
    (_, j) => Math.sqrt(variance * inverse[j * k + j]!),
  );
  return { coefficients, errors, residuals, rss, n, k, inverse };
}

function norm(v: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < v.length; i++) sum += v[i]! * v[i]!;
  return Math.sqrt(sum);
}

/** Applies I − vvᵀ/square to the rows of `w` from `j` on; returns row j. */
function reflect(
  v: Float64Array,
  w: Float64Array,
  j: number,
  square: number,
): number {
  const n = v.length;
  let dot = 0;
  for (let i = j; i < n; i++) dot += v[i]! * w[i]!;
  const factor = dot / square;
  for (let i = j; i < n; i++) w[i]! -= factor * v[i]!;
  return w[j]!;
}

/** (RᵀR)⁻¹ of an upper triangle. */
function invertTriangle(r: Float64Array, k: number): Float64Array {
  const inverse = new Float64Array(k * k);
  for (let j = 0; j < k; j++) {
    inverse[j * k + j] = 1 / r[j * k + j]!;
    for (let i = j - 1; i >= 0; i--) {
      let sum = 0;
      for (let c = i + 1; c <= j; c++) {
        sum += r[i * k + c]! * inverse[c * k + j]!;
      }
      inverse[i * k + j] = -sum / r[i * k + i]!;
    }
  }
  const product = new Float64Array(k * k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      let sum = 0;
      for (let c = Math.max(i, j); c < k; c++) {
        sum += inverse[i * k + c]! * inverse[j * k + c]!;
      }
      product[i * k + j] = sum;
    }
  }
  return product;
}
