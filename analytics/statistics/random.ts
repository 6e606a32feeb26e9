/** Numbers in [0, 1) from a seed, the same on every run (sfc32, Doty-Humphrey's PractRand). */
export function randomFrom(seed: number): () => number {
  let a = 0x9e3779b9, b = 0x243f6a88, c = seed | 0, count = 1;
  const next = () => {
    const sum = (a + b + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum | 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}
