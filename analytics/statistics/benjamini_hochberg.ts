/**
 * p adjusted for the false discovery rate over all tests shown together:
 * q[i] = min over j ≥ i of m p[j] / j in ascending order, at most 1 (Benjamini
 * & Hochberg 1995). NaN stays NaN and does not count.
 */
export function benjaminiHochberg(p: ArrayLike<number>): Float64Array {
  const places = Array.from(p, (_, i) => i).filter((i) => !Number.isNaN(p[i]!))
    .sort((a, b) => p[a]! - p[b]!);
  const out = new Float64Array(p.length).fill(NaN);
  let least = 1;
  for (let rank = places.length; rank > 0; rank--) {
    const place = places[rank - 1]!;
    least = Math.min(least, p[place]! * places.length / rank);
    out[place] = least;
  }
  return out;
}
