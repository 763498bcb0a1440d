/** The shape of an input that makes a parser backtrack: a beginning, one repeated part, an end that does not match. */
export interface InputShape {
  readonly head: string;
  readonly part: string;
  readonly end: string;
}

/** As long as asked, with the end whole. */
export function textOf({ head, part, end }: InputShape, length: number): string {
  const room = Math.max(0, length - end.length);
  return (head + part.repeat(Math.ceil(room / part.length))).slice(0, room) + end;
}

export function* shapesOf(
  heads: Iterable<string>,
  parts: readonly string[],
  ends: readonly string[],
): Generator<InputShape> {
  for (const head of heads) for (const part of parts) for (const end of ends) yield { head, part, end };
}

/** A linear look at the longest text takes less, and is not compared. Milliseconds. */
const MIN_MEASURED_MS = 1.5;
/** Four times the length costs a linear parser four times, and one that is quadratic sixteen times. */
const MAX_RATIO = 9;
const TRIES = 12;

/**
 * A sentence if `work` is not linear in the length of such a text, or undefined. The least of several measurements
 * counts, because other processes use the machine too. A short text comes first, because exponential work would never
 * end on a long one.
 */
export function nonLinearity(
  work: (text: string) => unknown,
  shape: InputShape,
  longest: number,
): string | undefined {
  const short = textOf(shape, Math.min(longest, 120));
  if (leastOf(work, short, MIN_MEASURED_MS) > MIN_MEASURED_MS)
    return `120 characters take too long: ${JSON.stringify(shape)}`;
  const long = textOf(shape, longest);
  if (leastOf(work, long, MIN_MEASURED_MS) < MIN_MEASURED_MS) return undefined;
  const quarter = textOf(shape, longest / 4);
  // Four short texts take as long as a long one, if the work is linear. So a busy machine interrupts both alike.
  const fourQuarters = () => {
    for (let number = 0; number < 4; number++) work(quarter);
  };
  let ratio = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && ratio > MAX_RATIO; attempt++) {
    ratio = Math.min(ratio, (4 * leastOf(work, long)) / leastOf(fourQuarters, ''));
  }
  return ratio > MAX_RATIO
    ? `four times the length take ${ratio.toFixed(1)} times as long: ${JSON.stringify(shape)}`
    : undefined;
}

/** `enough`: less than that need not be known more exactly. */
function leastOf(work: (text: string) => unknown, text: string, enough = 0): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < TRIES && least >= enough; turn++) {
    const start = performance.now();
    work(text);
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
