/** Letters, digits and cases change at every second or third character. Most generated values end here. */
export function isRandomLooking(token: string): boolean {
  if (token.length <= MIN_CHANGES) return false;
  let changes = 0;
  let before = classOf(token.charCodeAt(0));
  for (let at = 1; at < token.length; at++) {
    const now = classOf(token.charCodeAt(at));
    if (now !== before && !(before === UPPER && now === LOWER)) changes++;
    before = now;
  }
  return looksRandom(token.length, changes);
}

/** The same for a text whose changes are known. */
export const looksRandom = (length: number, changes: number): boolean =>
  changes >= MIN_CHANGES && length < 2.6 * (changes + 1);

const MIN_CHANGES = 4;

const DIGIT = 0;
const UPPER = 1;
const LOWER = 2;

function classOf(code: number): number {
  if (code >= 48 && code <= 57) return DIGIT;
  return code >= 65 && code <= 90 ? UPPER : LOWER;
}
