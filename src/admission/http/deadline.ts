/** The API server's default for `timeoutSeconds`; who sends no `?timeout=` gets this. Milliseconds. */
const DEFAULT = 10_000;
/** A webhook configuration may ask for 30 s, and whoever holds a body open for as long. The shipped ones ask for 3. Milliseconds. */
const MOST = 10_000;
/** Kept back for the way home, so that the reason arrives and not just the caller's own timeout. Milliseconds. */
const RESERVE = 250;

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Go writes none that is longer, and thousands of digits take quadratic time. */
const LONGEST = 32;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/** How long an answer may take, in milliseconds, from the `timeout` that the API server put into the URL (a Go duration: `2.75s`, `1m0s`). */
export function budgetOf(timeout: unknown): number {
  const given = typeof timeout === 'string' ? goDuration(timeout) : undefined;
  const budget = Math.min(given ?? DEFAULT, MOST);
  return Math.max(budget - RESERVE, budget / 2);
}

/** Milliseconds; undefined where it is none, or not above zero. */
function goDuration(text: string): number | undefined {
  if (text.length > LONGEST) return undefined;
  let total = 0;
  let read = 0;
  for (const [part, amount, unit] of text.matchAll(PART)) {
    total += Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN);
    read += part.length;
  }
  return read === text.length && total > 0 ? total : undefined;
}
