import { isAscii } from '../vocabulary/vocabulary.ts';
import { isPronounceable } from '../words/score.ts';
import type { Word } from '../words/word.ts';

/**
 * A name from the context, known words, and one other word: `acmepay_nairobi_2024`, `escolaVirtualSessao123`. No
 * passphrase of four words has so many known ones by chance.
 */
export function isOwnPhrase(words: readonly Word[], text: string): boolean {
  if (!isAscii(text) || signsOf(text) > MAX_SIGNS) return false;
  let count = 0;
  let known = 0;
  let isNamed = false;
  const others = new Set<string>();
  for (const word of words) {
    if (word.kind === 'noise' || word.kind === 'digits') return false;
    if (word.kind === 'number' || word.kind === 'glue') continue;
    count += 1;
    if (word.kind === 'unknown' || word.kind === 'common') others.add(word.text);
    else known += 1;
    isNamed ||= word.isOwn === true && isWritten(word.text, text);
  }
  const [other] = others;
  if (other === undefined || others.size > 1 || !isNamed || !isPronounceable(other)) return false;
  if (count > MAX_WORDS || other.length > MAX_OTHER_LENGTH) return false;
  return known > 1 || other.length <= MAX_OTHER_BESIDE_NAME || hasTail(words, text);
}

const MAX_WORDS = 5;
const MAX_SIGNS = 4;
const MAX_OTHER_LENGTH = 12;
/** In letters. More may be two words of a passphrase. */
const MAX_OTHER_BESIDE_NAME = 8;
const MIN_LONG_NAME = 5;

const signsOf = (text: string): number => text.match(/[^A-Za-z0-9\s._-]/g)?.length ?? 0;

/**
 * In one case, as people write a name. A short one must stand between separators or capitals: random letters contain it
 * by chance.
 */
function isWritten(word: string, text: string): boolean {
  const at = text.toLowerCase().indexOf(word);
  const end = at + word.length;
  const written = text.slice(at, end);
  if (written.slice(1) !== written.slice(1).toLowerCase() && written !== written.toUpperCase()) return false;
  if (word.length >= MIN_LONG_NAME) return true;
  const begins = !/[A-Za-z]/.test(text.charAt(at - 1)) || /^[A-Z]/.test(written);
  return begins && !/[a-z]/.test(text.charAt(end));
}

/** A number that people add by habit, or a sign at the end. */
const hasTail = (words: readonly Word[], text: string): boolean =>
  words.some(({ kind, text: digits }) => kind === 'number' && digits.length > 1) || /[!@#$*?.]$/.test(text);
