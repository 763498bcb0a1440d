import { kindOf } from '../vocabulary/vocabulary.ts';
import { isPronounceable } from './score.ts';
import { isRandomLooking } from './tokens.ts';

/** The longest word of letters that is shown without a meaning: `auths`, `dsn`. */
const MAX_SHORT_LENGTH = 5;

/**
 * Whether one piece of a name could be a secret that stands in the wrong place: letters without meaning, or digits
 * among them. Names have words and short numbers: `oauth2`, `s3`, `slackApiUrl`.
 */
export function mayBeSecret(piece: string): boolean {
  if (piece.length <= MAX_SHORT_LENGTH) return false;
  if (isRandomLooking(piece) || piece.length > 32 || /\d{5}|\d\D+\d|\D\d+\D{2}/.test(piece)) return true;
  const words = piece.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? [];
  const letters = words.join('').length;
  const known = words.filter(isWord).join('').length;
  return known * 2 <= letters;
}

const isWord = (word: string): boolean => {
  const lower = word.toLowerCase();
  return kindOf(lower) !== undefined || (word.length >= MAX_SHORT_LENGTH && isPronounceable(lower));
};
