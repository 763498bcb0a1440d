import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Shape, WorstInput } from './worst-inputs/input.ts';
import { decisionMs } from './worst-inputs/measure.ts';
import { inputOf, type Niche, niches } from './worst-inputs/niches.ts';
import { ENDS, HEADS, PIECES, SIZES } from './worst-inputs/pieces.ts';

/** Searches the values that cost most for each byte, niche by niche: random ones first, then changes of the worst. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    bytes: { type: 'string', default: '65536' },
    out: { type: 'string', default: '' },
  },
});
const MIB = 1024 * 1024;
const BYTES = Number(values.bytes);
const BEST = 12;

const random = seeded(Number(values.seed));
const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)]!;

for (const niche of niches) {
  if (niche.name.includes(values.only)) report(niche, search(niche));
}

interface Scored {
  readonly input: WorstInput;
  readonly ms: number;
}

function search(niche: Niche): readonly Scored[] {
  const end = performance.now() + Number(values.seconds) * 1000;
  let best: Scored[] = [];
  let turn = 0;
  while (performance.now() < end) {
    turn += 1;
    const isYoung = best.length < BEST || random(4) === 0;
    const input = isYoung ? randomInput(niche) : changed(pick(best).input, niche);
    let ms = msOf(input, niche);
    if (best.length === BEST && ms <= best.at(-1)!.ms) continue;
    // The second look decides: a garbage collection makes any input slow once.
    ms = Math.min(ms, msOf(input, niche), msOf(input, niche));
    const same = best.findIndex((each) => each.input.unit === input.unit && each.input.head === input.head);
    if (same >= 0 && best[same]!.ms >= ms) continue;
    if (same >= 0) best.splice(same, 1);
    best = [...best, { input, ms }].sort((a, b) => b.ms - a.ms).slice(0, BEST);
  }
  process.stderr.write(`${niche.name}: ${turn} inputs\n`);
  return best;
}

function report(niche: Niche, best: readonly Scored[]): void {
  const whole = best.slice(0, 4).map((each) => ({ ...each, whole: decisionMs(each.input, MIB, niche) }));
  for (const { input, ms, whole: wholeMs } of whole.sort((a, b) => b.whole - a.whole)) {
    const { others: _, ...shown } = input;
    const line = `${niche.name}: ${wholeMs.toFixed(0)} ms for 1 MiB (${ms.toFixed(0)} by the sample) ${JSON.stringify(shown)}\n`;
    process.stdout.write(line);
    if (values.out !== '') appendFileSync(values.out, line);
  }
}

/** For 1 MiB, by a smaller sample. */
function msOf(input: WorstInput, niche: Niche): number {
  return decisionMs(input, BYTES, niche) * (MIB / BYTES);
}

function randomInput({ name, keys }: Niche): WorstInput {
  const unit = Array.from({ length: 1 + random(4) }, () => pick(PIECES)).join('');
  const shape: Shape = { key: pick(keys), valueBytes: pick(SIZES), head: pick(HEADS), unit, end: pick(ENDS) };
  return inputOf(name, shape);
}

function changed(input: WorstInput, niche: Niche): WorstInput {
  switch (random(9)) {
    case 0:
      return { ...input, head: pick(HEADS) };
    case 1:
      return { ...input, end: pick(ENDS) };
    case 2:
      return { ...input, valueBytes: pick(SIZES) };
    case 3:
      return { ...input, key: pick(niche.keys) };
    case 4:
      return { ...input, unit: input.unit + pick(PIECES) };
    case 5:
      return { ...input, unit: pick(PIECES) + input.unit };
    case 6:
      return { ...input, unit: input.unit.slice(random(input.unit.length), input.unit.length) || 'a' };
    case 7:
      return { ...input, head: input.head + pick(PIECES) };
    default: {
      const at = random(input.unit.length + 1);
      return {
        ...input,
        unit: (input.unit.slice(0, at) + pick(PIECES) + input.unit.slice(at)).slice(0, 400),
      };
    }
  }
}

/** The same numbers for the same seed: mulberry32. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}
