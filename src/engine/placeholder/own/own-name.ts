import type { ScannedText } from '../scan/scanned-text.ts';
import type { JudgeContext, PlaceholderVerdict } from '../verdict.ts';
import { fold, isAscii, lettersOf } from '../vocabulary/vocabulary.ts';

const OWN_KEY: PlaceholderVerdict = { rule: 'placeholder', what: "repeats its own key's name" };
const KNOWN: PlaceholderVerdict = { rule: 'placeholder', what: 'equals the user or database name' };
const BUILT_ON_KNOWN: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'is built on the user or database name',
};

/** `JWT_SECRET: jwt-secret`, a password equal to its user, or the user's name and a few digits. */
export function ownName(
  value: ScannedText,
  { name: key, known: names }: JudgeContext,
): PlaceholderVerdict | undefined {
  const { text, isAscii: isExact, alphanumerics } = value;
  // Folding adds letters to those of ASCII, and removes none of them.
  const least = alphanumerics;
  const own = key.letters.length;
  let bare: string | undefined;
  if (least === 0 || (isExact ? own === least : own >= least)) {
    bare = lettersOf(value.folded);
    if (bare === '') return undefined;
    if (bare === key.letters) return OWN_KEY;
  }
  if (names === undefined) return undefined;
  for (const known of names) {
    if (least > known.length + LONGEST_AFFIXES && isAscii(known)) continue;
    bare ??= lettersOf(value.folded);
    if (text === known) return KNOWN;
    const name = lettersOf(fold(known));
    if (name === '') continue;
    if (bare.length === name.length && (bare === name || bare === [...name].reverse().join(''))) return KNOWN;
    if (name.length >= 3 && bare.includes(name) && AFFIXES.test(bare.replace(name, ' ')))
      return BUILT_ON_KNOWN;
  }
  return undefined;
}

/** `shop-file-encryption-key-2024` under `file-encryption-key`. */
export function builtOnKey(value: ScannedText, { name }: JudgeContext): PlaceholderVerdict | undefined {
  const own = name.letters;
  if (own.length < MIN_KEY_LENGTH) return undefined;
  // Folding removes no letter of ASCII.
  if (value.alphanumerics > own.length + MAX_AFFIX) return undefined;
  const bare = lettersOf(value.folded);
  if (bare.length > own.length + MAX_AFFIX) return undefined;
  const at = bare.indexOf(own);
  const isBuilt =
    at >= 0 && /^[a-z]*$/.test(bare.slice(0, at)) && /^[a-z]*\d{0,4}$/.test(bare.slice(at + own.length));
  return isBuilt ? OWN_KEY : undefined;
}
/** In letters. No random value repeats so many, and no passphrase has so few next to them. */
const MIN_KEY_LENGTH = 8;
const MAX_AFFIX = 16;

/** Affixes that people add to a name to make a password. */
const AFFIXES =
  /^(?:my|the|db|dev|test)? (?:\d{1,4}|(?:19|20)\d\d\d{0,4}|db|app|user|pass|password|passwd|pwd|pw|secret|key|token)?\d{0,4}$/;

/** In letters and digits. */
const LONGEST_AFFIXES = 16;
