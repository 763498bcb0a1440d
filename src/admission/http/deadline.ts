/** The API server's default for `timeoutSeconds`. It applies to a call without `?timeout=`. */
const DEFAULT_TIMEOUT_MS = 10_000;
/**
 * A webhook configuration may ask for 30 s, and a slow client may hold a body open for as long. The manifests of
 * lockstep ask for 3 s.
 */
const MAX_TIMEOUT_MS = 10_000;
/** Reserved for the way back, so that the caller gets the reason and not only its own timeout. */
const RESPONSE_RESERVE_MS = 250;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
/** Go writes none that is longer, and thousands of digits take quadratic time. */
const MAX_DURATION_LENGTH = 32;
const DURATION_PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g;

/**
 * The time for an answer, from the `timeout` that the API server puts into the URL. It is a Go duration, such as
 * `2.75s` or `1m0s`.
 */
export function answerBudgetMs(timeout: unknown): number {
  const requestedMs = typeof timeout === 'string' ? parseGoDuration(timeout) : undefined;
  const budget = Math.min(requestedMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
  return Math.max(budget - RESPONSE_RESERVE_MS, budget / 2);
}

/** Milliseconds. Undefined if the text is no duration, or not above zero. */
function parseGoDuration(text: string): number | undefined {
  if (text.length > MAX_DURATION_LENGTH) return undefined;
  let totalMs = 0;
  let parsedLength = 0;
  for (const [part, amount, unit] of text.matchAll(DURATION_PART)) {
    totalMs += Number(amount) * (MS_PER_UNIT[unit ?? ''] ?? Number.NaN);
    parsedLength += part.length;
  }
  return parsedLength === text.length && totalMs > 0 ? totalMs : undefined;
}
