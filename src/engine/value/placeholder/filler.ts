import { namePattern } from './key-name.ts';
import { ValueText } from './value-text.ts';
import type { DetectorContext, PlaceholderVerdict } from './verdict.ts';
import { unicodePattern } from './vocabulary/characters.ts';
import { isAlternatingSequence } from './words/alternating-sequence.ts';
import { beginsWalk, isKeyboardWalk } from './words/keyboard-walk.ts';

const FILLER: PlaceholderVerdict = { rule: 'placeholder', message: 'is filler' };
const WALK: PlaceholderVerdict = { rule: 'placeholder', message: 'is a sequence or a keyboard walk' };
const CUT_OFF: PlaceholderVerdict = { rule: 'placeholder', message: 'is cut off' };

/** A filler that is obvious in a name and in a secret: `xxx`, `***`, `...`, `sk-xxxx`, `ghp_...`. */
export function filler({ text }: ValueText): PlaceholderVerdict | undefined {
  if (/^[xX*.…•·_?#=+~\- ]{3,}$/.test(text)) return FILLER;
  if (BLANKED.test(text) || hasBlankedParts(text)) return FILLER;
  if (endsInDots(text) && /^[\w+/=.:-]*[A-Za-z0-9](?:\.{3}|…)$/.test(text)) return CUT_OFF;
  return keyCutOff(text);
}

const endsInDots = (text: string): boolean => text.endsWith('...') || text.endsWith('…');

/** A key, a certificate or a token that ends in dots: `ssh-rsa AAAAB3NzaC1yc2E...`. Other words may stand around it. */
const keyCutOff = (text: string): PlaceholderVerdict | undefined =>
  (text.includes('...') || text.includes('…')) && KEY_CUT_OFF.test(text) ? CUT_OFF : undefined;
/** The first letters of base64 of a public key, DER, JSON and PEM. */
const KEY_CUT_OFF = /(?<![\w+/=-])(?:AAAA[A-Z]|MII[A-Z]|eyJ|LS0t)[\w+/=-]*(?:\.{3}|…)(?=\s|["']|$)/;

/**
 * The same for a value that need not be a secret. Rules of signs, a schedule (`* * * * *`) and a sentence that ends in
 * dots are correct values there.
 */
export function fillerInConfiguration(
  { text }: ValueText,
  { name }: DetectorContext,
): PlaceholderVerdict | undefined {
  if (/^(?:\{\s*\}|\[\s*\]|null)$/.test(text) && name.matches(CREDENTIALS_FILE)) return EMPTY_FILE;
  if (/^(?:[xX]{3,}|\*{3,}|\.{3,}|…+|\?{3,}|_{3,}|[xX]{2,3}(?:[-_.:][xX]{2,3}){2,})$/.test(text))
    return FILLER;
  if (/(?:^|[-_.:/])(?:51)?(?:[xX]{4,}|\*{4,})(?=$|[-_.:/])|:\/\/[xX]{3}@/.test(text) || MASKED.test(text))
    return FILLER;
  if (endsInDots(text) && CUT_OFF_KEY.test(text)) return CUT_OFF;
  return text.length >= MIN_ANY_KEY && /^[A-Za-z0-9]*$/.test(text) && fillsAnyKey(text)
    ? FILLER
    : keyCutOff(text);
}

const CREDENTIALS_FILE = namePattern(/(?:credentials?|account)\.json$/i);
const EMPTY_FILE: PlaceholderVerdict = { rule: 'placeholder', message: 'is an empty file' };

/** A value of any key may repeat letters. One as long as a key that does nothing else is none. */
const MIN_ANY_KEY = 16;
/** `ABCDABCDABCDABCDABCD`, `AAAA1111BBBB2222CCCC`. Zeros, and two digits in turn, are correct values. */
function fillsAnyKey(text: string): boolean {
  const isFilled = repeatsLongUnit(text) || (isRuns(text) && /[A-Za-z]/.test(text));
  return isFilled && !/^[01]+$/.test(text) && text !== text.charAt(0).repeat(text.length);
}

function repeatsLongUnit(text: string): boolean {
  const first = text.charCodeAt(0);
  for (let unit = 3; unit <= Math.min(MAX_UNIT_LENGTH, text.length / 3); unit++)
    if (first === text.charCodeAt(unit) && text.endsWith(text.slice(0, -unit))) return true;
  return false;
}

/** `sk_...`, `AKIA...`. A sentence may end so too. */
const CUT_OFF_KEY = /^(?:[\w+/.:@-]*[\d/:_-]|[A-Z0-9]{3,8})(?:\.{3}|…)$/;

/** `AKIAXXXXXXXXXXXXXXXX` */
const MASKED = /^[A-Za-z]{0,6}X{8,}$/;

/** A well-known prefix and blanks: `AKIAXXXXXXXXXXXX`, `base64:...`, `SG.xxxx.xxxxxxxx`. */
const BLANKED =
  /^(?:[A-Z]{2,6}|[A-Za-z][A-Za-z0-9_-]{0,11}(?=[xX]{8})|[A-Za-z][A-Za-z0-9]{0,7}[-_.:](?:[A-Za-z]{2,6}[-_.])?)?(?:[xX]{4,}|\*{3,}|\.{3,}|…|-{4,}|_{4,}|\?{3,})(?:[-_.](?:[xX]{3,}|\*{3,}))*={0,2}$/;

/** `keyXXXXxxx/secretXXXXxxx`: a random value has no such run, and never two. */
const hasBlankedParts = (text: string): boolean =>
  /[xX]{5}/.test(text) && (/[xX]{10}/.test(text) || (text.match(/[xX]{5,}/g)?.length ?? 0) > 1);

/** In UTF-16 units. */
const MAX_FEW_SIGNS = 6;
const fewSignsIn = unicodePattern(String.raw`^[^\p{L}\p{N}]{1,3}$`);

/** One repeated unit, very few different characters, or steps along a row of the keyboard. */
export function fillerSecret(value: ValueText): PlaceholderVerdict | undefined {
  const { text } = value;
  if (text.length <= MAX_FEW_SIGNS && fewSignsIn(text).test(text)) return FILLER;
  const { folded, letters } = text.startsWith('0x') ? new ValueText(text.slice(2)) : value;
  const verdict = fillerFromStart(folded, letters);
  if (verdict !== undefined) return verdict;
  return isWalkWithSigns(folded) || isCounting(folded) || isAlternatingSequence(text) ? WALK : undefined;
}

function fillerFromStart(folded: string, letters: string): PlaceholderVerdict | undefined {
  const dense = letters.length * 5 >= folded.length * 3 ? letters : folded;
  if (isMonotone(dense) || repeatsUnit(dense)) return FILLER;
  // Both forms are equal for letters and digits only, and one check is enough.
  if (folded !== dense && (isMonotone(folded) || repeatsUnit(folded))) return FILLER;
  if (HEXSPEAK.test(dense)) return FILLER;
  // A word that three keys of `zaqxswcdev` spell by chance.
  if (dense === 'dev') return undefined;
  if (isDoubled(dense) || isKeyboardWalk(dense) || (folded !== dense && isKeyboardWalk(folded))) return WALK;
  return isInterleavedWalk(dense) ? WALK : undefined;
}

function isWalkWithSigns(folded: string): boolean {
  const hasPrefix = mayHavePrefix(folded);
  return (
    isWalkBeforeSigns(folded) ||
    (hasPrefix && isWalkAfterPrefix(folded)) ||
    ((hasPrefix || '01a'.includes(folded.charAt(0))) && isListOfWalks(folded))
  );
}

/** `sk-`: a separator behind two to six letters. */
function mayHavePrefix(text: string): boolean {
  for (let at = 2; at <= 6; at++) {
    const code = text.charCodeAt(at);
    if (code === DASH || code === UNDERSCORE) return true;
  }
  return false;
}
const DASH = 45;
const UNDERSCORE = 95;

/**
 * Magic numbers that spell a word in hexadecimal. None consists of two others: otherwise a text of n such words would
 * have 2^n readings.
 */
const HEXSPEAK =
  /^(?:0x)?(?:deadc0de|badc0ffee?|baadf00d|badf00d|feedface|feedbeef|c0ffee|coffee|cafe|beef|dead|babe|facefeed|1337)+$/;

/** Up to two different characters, or runs of one: `aaaabbbbcccc`. Random values of eight characters do neither. */
function isMonotone(text: string): boolean {
  if (text.length < 3) return false;
  let other = '';
  for (const character of text) {
    if (character === text[0] || character === other) continue;
    if (other !== '') return text.length >= 6 && isRuns(text);
    other = character;
  }
  return other === '' || text.length >= 8 || (text.length >= 6 && isRuns(text));
}

/** Every character belongs to a run of at least three. */
function isRuns(text: string): boolean {
  for (let at = 0, run = 1; at < text.length; at++) {
    if (text[at + 1] === text[at]) run++;
    else if (run < 3) return false;
    else run = 1;
  }
  return true;
}

const MAX_UNIT_LENGTH = 12;
/** A short word list can give one word twice in a row, but not three times. */
const MAX_REPEATED_ONCE_LENGTH = 7;

/** A short unit fills the whole text. The last repetition may be cut. */
function repeatsUnit(text: string): boolean {
  if (text.length < 6) return false;
  const first = text.charCodeAt(0);
  for (let unit = 1; unit <= Math.min(MAX_UNIT_LENGTH, text.length / 2); unit++) {
    if (unit > MAX_REPEATED_ONCE_LENGTH && text.length < unit * 3) return false;
    if (text.charCodeAt(unit) === first && text.endsWith(text.slice(0, -unit))) return true;
  }
  return false;
}

/** A keyboard walk with each step doubled: `00112233445566778899aabbccddeeff`. */
function isDoubled(text: string): boolean {
  if (text.length < 8 || text.charCodeAt(0) !== text.charCodeAt(1) || text[2] !== text[3]) return false;
  const halved = text.replace(/(.)\1/gu, '$1');
  return halved.length * 2 === text.length && isKeyboardWalk(halved);
}

/** `qwerty!!!` */
function isWalkBeforeSigns(text: string): boolean {
  return '!.?*#'.includes(text.slice(-1)) && isKeyboardWalk(text.replace(/[!.?*#]{1,4}$/, ''));
}

/** `sk-1234567890abcdef`, `ghp_0123456789abcdefghij` */
function isWalkAfterPrefix(text: string): boolean {
  const [prefix] = /^[a-z]{2,6}[-_](?:[a-z]{2,6}[-_])?(?=[a-z0-9]{10})/.exec(text) ?? [];
  return prefix !== undefined && isKeyboardWalk(text.slice(prefix.length));
}

/** Only digits, and most of them count on: `1234567891123456789212345678931`. */
function isCounting(text: string): boolean {
  if (text.length < MIN_COUNTING || !/^\d+$/.test(text)) return false;
  let counted = 0;
  for (let at = 0; at < text.length; ) {
    const step = runOfDigits(text, at);
    if (step >= MIN_RUN_OF_DIGITS) counted += step;
    at += step;
  }
  return counted * 3 >= text.length * 2;
}
/** Five of sixteen random digits count on once in a thousand values, eleven never. */
const MIN_COUNTING = 16;
const MIN_RUN_OF_DIGITS = 5;

/** The length of the run from a position in which each digit is the next one: 0 follows 9. */
function runOfDigits(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && (text.charCodeAt(at - 1) - 47) % 10 === text.charCodeAt(at) - 48) at += 1;
  return at - from;
}

/** `123:ABC`, `123456:abc-def`, `xoxb-1234-5678-abcd`: the heads are too short to be found alone. */
function isListOfWalks(text: string): boolean {
  if (!WALKS.test(text)) return false;
  const parts = text.replace(/^[a-z]{2,6}[-_]/, '').split(/[-_:.]/);
  return parts.length > 1 && parts.every((part) => KNOWN_WALK.test(part) && isKeyboardWalk(part));
}
const WALKS = /^(?:[a-z]{2,6}[-_])?(?:012|123|abc)[a-z0-9]*[-_:.]/;
const KNOWN_WALK = /^(?:012|123|234|345|456|567|678|789|abc|def|ghi|xyz)/;

/** Two keyboard walks that alternate: `a1b2c3d4e5f6g7h8`. */
function isInterleavedWalk(text: string): boolean {
  if (text.length < 6 || text.length > 80) return false;
  if (!mayBeLine(text, 0) || !mayBeLine(text, 1)) return false;
  let odd = '';
  let even = '';
  for (let at = 0; at < text.length; at++) {
    if (at % 2) odd += text[at];
    else even += text[at];
  }
  return (isKeyboardWalk(odd) || isMonotone(odd)) && (isKeyboardWalk(even) || isMonotone(even));
}

/** Every second character: three that begin a walk, or two that are equal. */
function mayBeLine(text: string, from: number): boolean {
  const [a, b, c] = [text.charCodeAt(from), text.charCodeAt(from + 2), text.charCodeAt(from + 4)];
  // A character of two units is read elsewhere.
  const isPaired = Math.max(a, b, c) >= FIRST_HALF;
  return isPaired || a === b || b === c || a === c || beginsWalk(a, b, c);
}
const FIRST_HALF = 0xd800;
