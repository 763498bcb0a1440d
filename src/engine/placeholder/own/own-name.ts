import type { PlaceholderContext, PlaceholderVerdict } from '../verdict.ts';
import { fold, lettersOf } from '../vocabulary/vocabulary.ts';

const OWN_KEY: PlaceholderVerdict = { rule: 'placeholder', what: "repeats its own key's name" };
const KNOWN: PlaceholderVerdict = { rule: 'placeholder', what: 'equals the user or database name' };
const BUILT_ON_KNOWN: PlaceholderVerdict = {
  rule: 'placeholder',
  what: 'is built on the user or database name',
};

/** `JWT_SECRET: jwt-secret`, a password equal to its user, or the user's name and a few digits. */
export function ownName(text: string, context: PlaceholderContext): PlaceholderVerdict | undefined {
  const bare = lettersIn(text);
  if (bare === '') return undefined;
  if (bare === lettersIn(context.key)) return OWN_KEY;
  for (const known of context.known ?? []) {
    if (text === known) return KNOWN;
    const name = lettersIn(known);
    if (name === '') continue;
    if (bare.length === name.length && (bare === name || bare === [...name].reverse().join(''))) return KNOWN;
    if (name.length >= 3 && bare.includes(name) && AFFIXES.test(bare.replace(name, ' ')))
      return BUILT_ON_KNOWN;
  }
  return undefined;
}

/** `shop-file-encryption-key-2024` under `file-encryption-key`. */
export function builtOnKey(text: string, { key }: PlaceholderContext): PlaceholderVerdict | undefined {
  const [bare, own] = [lettersIn(text), lettersIn(key)];
  if (own.length < MIN_KEY_LENGTH || bare.length > own.length + MAX_AFFIX) return undefined;
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

const lettersIn = (text: string): string => lettersOf(fold(text));
