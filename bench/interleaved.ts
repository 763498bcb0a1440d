/** The cost of each side in one round. */
export type Round<Side extends string> = Readonly<Record<Side, number>>;

type Measurement = () => Promise<number> | number;

/**
 * Measures all sides in each round. The first side of a round changes, so that none always runs in the wake of the same
 * other one.
 */
export async function measureInTurn<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, Measurement>>,
): Promise<readonly Round<Side>[]> {
  const names = Object.keys(sides) as Side[];
  const measured: Round<Side>[] = [];
  while (measured.length < rounds) {
    const round: Partial<Record<Side, number>> = {};
    for (const at of names.keys()) {
      const name = names[(at + measured.length) % names.length]!;
      round[name] = await sides[name]();
    }
    measured.push(round as Round<Side>);
  }
  return measured;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

export const medianOf = <Side extends string>(rounds: readonly Round<Side>[], side: Side): number =>
  median(rounds.map((round) => round[side]));

/** The median of the ratios within a round: a disturbance of the machine affects both sides of a round. */
export const medianRatio = <Side extends string>(
  rounds: readonly Round<Side>[],
  side: Side,
  base: Side,
): number => median(rounds.map((round) => round[side] / round[base]));
