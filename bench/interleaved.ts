/** What two things cost in the same rounds. */
export interface RoundPair {
  readonly first: number;
  readonly second: number;
}

/** Measures both in each round. The order alternates, so that neither always runs in the other's wake. */
export async function measureInTurn(
  rounds: number,
  first: () => Promise<number> | number,
  second: () => Promise<number> | number,
): Promise<readonly RoundPair[]> {
  const pairs: RoundPair[] = [];
  while (pairs.length < rounds) {
    const early = pairs.length % 2 === 1 ? await second() : undefined;
    pairs.push({ first: await first(), second: early ?? (await second()) });
  }
  return pairs;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** The median of the ratios within a round: a disturbance of the machine meets both sides of a round. */
export const medianRatio = (pairs: readonly RoundPair[]): number =>
  median(pairs.map(({ first, second }) => first / second));
