/**
 * Residual sums of squares and products of the nested regressions of the last
 * `responses` columns on the first 0, 1, 2, … others, by one Cholesky
 * factorisation of the centred and scaled Gram matrix: what choosing a lag
 * order needs, at the price of a single fit. The chosen order is then fitted
 * by {@link leastSquares}.
 *
 * @param columns regressors in the order in which they enter, then the responses; a constant is implied.
 * @returns for p = 0 … number of regressors the matrix of residual products (responses × responses, row by row).
 */
export function nestedResiduals(
  columns: Float64Array[],
  responses: number,
): Float64Array[] {
  const m = columns.length, n = columns[0]!.length, p = m - responses;
  const scale = new Float64Array(m);
  const centred = columns.map((column, index) => {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += column[i]!;
    mean /= n;
    const out = new Float64Array(n);
    let square = 0;
    for (let i = 0; i < n; i++) {
      out[i] = column[i]! - mean;
      square += out[i]! * out[i]!;
    }
    scale[index] = Math.sqrt(square) || 1;
    return out;
  });
  const gram = new Float64Array(m * m);
  for (let a = 0; a < m; a++) {
    const left = centred[a]!;
    for (let b = a; b < m; b++) {
      const right = centred[b]!;
      let sum = 0;
      for (let i = 0; i < n; i++) sum += left[i]! * right[i]!;
      gram[a * m + b] = sum / (scale[a]! * scale[b]!);
    }
  }
  const products = () => {
    const out = new Float64Array(responses * responses);
    for (let a = 0; a < responses; a++) {
      for (let b = 0; b < responses; b++) {
        const low = p + Math.min(a, b), high = p + Math.max(a, b);
        out[a * responses + b] = gram[low * m + high]! * scale[low]! *
          scale[high]!;
      }
    }
    return out;
  };
  const all = [products()];
  for (let j = 0; j < p; j++) {
    const pivot = gram[j * m + j]!;
    // A column that the ones before it explain adds nothing.
    if (pivot > 1e-13) {
      for (let a = j + 1; a < m; a++) {
        const factor = gram[j * m + a]! / pivot;
        for (let b = a; b < m; b++) {
          gram[a * m + b]! -= factor * gram[j * m + b]!;
        }
      }
    }
    all.push(products());
  }
  return all;
}
