/** The values that a pattern can match, as far as its text shows it at once. */
export interface PatternShape {
  /** The text that each of them begins with. */
  readonly start: string;
  /** The numbers of characters that they have. */
  readonly least: number;
  readonly most: number;
}

/**
 * Reads a pattern that matches the whole value, and is a row of characters and classes with their repetitions:
 * `^sk_live_[0-9a-zA-Z]{24,99}$`. Undefined for any other one.
 */
export function patternShape(pattern: string): PatternShape | undefined {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return undefined;
  const row = pattern.slice(1, -1);
  let [start, least, most, end, isStart] = ['', 0, 0, 0, true];
  for (const { index, 0: piece, groups = {} } of row.matchAll(REPEATED)) {
    if (index !== end) return undefined;
    end += piece.length;
    const [atLeast, atMost] = timesOf(groups);
    isStart &&= groups.plain !== undefined && atLeast === 1 && atMost === 1;
    if (isStart) start += groups.plain;
    least += atLeast;
    most += atMost;
  }
  return end === row.length ? { start, least, most } : undefined;
}

/** One character, one escaped punctuation, or one class; then how often. */
const REPEATED =
  /(?:(?<plain>[^\\^$.|?*+()[\]{}])|\\[^A-Za-z0-9]|\\[dDsSwW]|\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\\[\]])*\])(?:(?<sign>[?*+])|\{(?<least>\d{1,4})(?<range>,(?<most>\d{0,4}))?\})?/gu;

function timesOf({ sign, least, range, most }: Readonly<Record<string, string | undefined>>) {
  if (sign !== undefined) return [sign === '+' ? 1 : 0, sign === '?' ? 1 : Infinity] as const;
  if (least === undefined) return [1, 1] as const;
  if (range === undefined) return [Number(least), Number(least)] as const;
  return [Number(least), most === '' ? Infinity : Number(most)] as const;
}
