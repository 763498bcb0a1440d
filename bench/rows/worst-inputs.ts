import { figureOfAtMost, type Row } from '../table.ts';
import { type WorstCase, worstCases } from '../worst-inputs/cases.ts';
import { decisionMs } from '../worst-inputs/measure.ts';
import { inputOf, nicheOf } from '../worst-inputs/niches.ts';

const MIB = 1024 * 1024;
const AIM_MS = 100;
const ROUNDS = 5;

export interface WorstResult {
  readonly name: string;
  readonly halfMs: number;
  readonly ms: number;
}

/** The input that costs most. */
export async function* worstInputRows(): AsyncGenerator<Row> {
  const worst = worstCases.map(resultOf).toSorted((a, b) => b.ms - a.ms)[0]!;
  yield {
    work: `worst of ${worstCases.length} inputs of 1 MiB (ms): ${worst.name}`,
    lockstep: worst.ms,
    aim: figureOfAtMost(AIM_MS),
  };
}

/** The least of some rounds: a garbage collection or another process can only add to it. */
export function resultOf(worstCase: WorstCase): WorstResult {
  const niche = nicheOf(worstCase.niche);
  const input = inputOf(worstCase.niche, worstCase);
  const least = (bytes: number) =>
    Math.min(...Array.from({ length: ROUNDS }, () => decisionMs(input, bytes, niche)));
  return { name: worstCase.name, halfMs: least(MIB / 2), ms: least(MIB) };
}
