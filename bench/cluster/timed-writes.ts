/**
 * The times of some writes in milliseconds. Each writer begins a write when its last one has ended. `write` gets
 * numbers from 1 on.
 */
export async function timeWrites(
  writers: number,
  writes: number,
  write: (number: number) => Promise<void>,
): Promise<readonly number[]> {
  const took: number[] = [];
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < writes) {
      next += 1;
      const start = performance.now();
      await write(next);
      took.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return took;
}

/** The time that this share of the writes did not exceed. */
export const timeAt = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(share * (times.length - 1))] ?? Number.NaN;
