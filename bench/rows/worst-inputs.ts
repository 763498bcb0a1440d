import { figureOfAtMost, type Row } from '../table.ts';
import { type WorstCase, worstCases } from '../worst-inputs/cases.ts';
import { decisionMs } from '../worst-inputs/measure.ts';
import { inputOf, nicheOf } from '../worst-inputs/niches.ts';

const MIB = 1024 * 1024;
const AIM_MS = 250;
const ROUNDS = 7;
const ENOUGH_MS = 600;

export interface WorstResult {
  readonly name: string;
  readonly halfMs: number;
  readonly ms: number;
}

/** The input that costs most. */
export async function* worstInputRows(): AsyncGenerator<Row> {
  const results: WorstResult[] = [];
  for (const each of worstCases) results.push(decisionResult(each));
  const worst = results.toSorted((a, b) => b.ms - a.ms)[0]!;
  yield {
    work: `worst of ${worstCases.length} inputs of 1 MiB (ms)`,
    lockstep: worst.ms,
    aim: figureOfAtMost(AIM_MS),
  };
}

export function decisionResult(worstCase: WorstCase): WorstResult {
  const niche = nicheOf(worstCase.niche);
  const input = inputOf(worstCase.niche, worstCase);
  const measure = (bytes: number) => leastOf(() => decisionMs(input, bytes, niche));
  return { name: worstCase.name, halfMs: measure(MIB / 2), ms: measure(MIB) };
}

/** The least of some rounds: a garbage collection can only add to it. A slow input gets fewer rounds. */
function leastOf(measure: () => number): number {
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let round = 0; round < ROUNDS && sum < ENOUGH_MS; round += 1) {
    const ms = measure();
    least = Math.min(least, ms);
    sum += ms;
  }
  return least;
}
