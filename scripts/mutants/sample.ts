/** `size` of them, in their own order: the same ones for the same seed. */
export function sampleOf<T>(all: readonly T[], size: number, seed: number): readonly T[] {
  const random = numbersFrom(seed);
  return all
    .map((one, index) => ({ one, index, drawn: random() }))
    .sort((a, b) => a.drawn - b.drawn)
    .slice(0, size)
    .sort((a, b) => a.index - b.index)
    .map(({ one }) => one);
}

/** The generator "mulberry32": which mutants are drawn is no secret. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
