import { figureOfAtMost, type Row } from '../table.ts';
import { type WorstCase, worstCases } from '../worst-inputs/cases.ts';
import { decisionMs, parserMs } from '../worst-inputs/measure.ts';
import { inputOf, nicheOf } from '../worst-inputs/niches.ts';
import type { ParserCase } from '../worst-inputs/parser-cases.ts';

const MIB = 1024 * 1024;
const AIM_MS = 100;
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
  for (const each of worstCases) results.push(await decisionResult(each));
  const worst = results.toSorted((a, b) => b.ms - a.ms)[0]!;
  yield {
    work: `worst of ${worstCases.length} inputs of 1 MiB (ms)`,
    lockstep: worst.ms,
    aim: figureOfAtMost(AIM_MS),
  };
}

export async function decisionResult(worstCase: WorstCase): Promise<WorstResult> {
  const niche = nicheOf(worstCase.niche);
  const input = inputOf(worstCase.niche, worstCase);
  return await resultOf(worstCase.name, async (bytes) => decisionMs(input, bytes, niche));
}

export const parserResult = (parserCase: ParserCase): Promise<WorstResult> =>
  resultOf(parserCase.name, (bytes) => parserMs(parserCase, bytes));

async function resultOf(name: string, measure: (bytes: number) => Promise<number>): Promise<WorstResult> {
  return { name, halfMs: await leastOf(() => measure(MIB / 2)), ms: await leastOf(() => measure(MIB)) };
}

/** The least of some rounds: a garbage collection can only add to it. A slow input gets fewer rounds. */
async function leastOf(measure: () => Promise<number>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let round = 0; round < ROUNDS && sum < ENOUGH_MS; round += 1) {
    const ms = await measure();
    least = Math.min(least, ms);
    sum += ms;
  }
  return least;
}
