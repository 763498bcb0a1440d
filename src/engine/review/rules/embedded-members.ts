import type { Plaintext, Sensitive } from '../../secret/sensitive.ts';
import { type Format, formatOf } from '../../value/embedded/format.ts';
import {
  isSpent,
  type MemberBudget,
  type MemberFault,
  memberFaults,
  newMemberBudget,
} from '../../value/embedded/member-faults.ts';
import { isBinary, MAX_DOCUMENT_LENGTH, readableText } from '../../value/embedded/readable-text.ts';
import { hasUrlMembers } from '../../value/embedded/url-members.ts';
import { KeyName } from '../../value/placeholder/key-name.ts';
import { contextWordsOf } from '../evaluation/context-words.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { factsByKey } from '../evaluation/facts-by-key.ts';
import { loginNames } from '../evaluation/login-key-names.ts';
import { connectionPassword } from '../evaluation/parsed-connection.ts';

/** A shorter text has no members: `a=1;b=2` is one character longer. */
const MIN_BYTES = 8;
/** A longer value is a file or a keystore. Only its beginning is decoded. */
const MAX_WHOLE_BYTES = 8192;
const HEAD_BYTES = 64;

const NONE: readonly MemberFault[] = [];
const faultsByKey = factsByKey<readonly MemberFault[]>();
const budgetOf = factsByKey<MemberBudget>();

/** The faults inside a value that is a file, a connection string or a URL. All values of a Secret share one budget. */
export function memberFaultsOf(evaluation: Evaluation, key: string): readonly MemberFault[] {
  const value = evaluation.data.get(key);
  if (value === undefined || value.size < MIN_BYTES) return NONE;
  return faultsByKey(evaluation, key, () => {
    if (isPlain(value) || isSpent(budgetOf(evaluation, '', newMemberBudget))) return NONE;
    const faultsIn = (plain: Plaintext): readonly MemberFault[] => faultsInText(evaluation, key, plain);
    return isLargeBinary(value)
      ? NONE
      : value.size <= MAX_WHOLE_BYTES
        ? value.withPlaintext(faultsIn)
        : value.withBeginning(MAX_DOCUMENT_LENGTH, faultsIn);
  });
}

/** Nearly every value ends here. */
const isPlain = (value: Sensitive): boolean =>
  value.size <= MAX_WHOLE_BYTES && value.withPlaintext(isPlainWord);

const isLargeBinary = (value: Sensitive): boolean =>
  value.size > MAX_WHOLE_BYTES && value.withBeginning(HEAD_BYTES, ({ bytes }) => isBinary(bytes));

function faultsInText(evaluation: Evaluation, key: string, plain: Plaintext): readonly MemberFault[] {
  const format = formatIn(plain, key);
  if (format === undefined) return NONE;
  const text = readableText(plain);
  if (text === undefined) return NONE;
  const context = {
    key,
    format: format === 'unknown' || text !== plain.text ? undefined : format,
    contextWords: (name: string) => contextWordsOf(evaluation, new KeyName(name)),
    logins: loginNames(evaluation),
    checkedPassword: connectionPassword(plain)?.value,
  };
  return memberFaults(text, context, budgetOf(evaluation, '', newMemberBudget));
}

/**
 * A file, a connection string and a URL have one of these characters. Others can be Latin-1. Only base64 has none of
 * them.
 */
const CHARACTER_OF_MEMBERS = /[^!-~]|[=:,;#{}<>[\]]/;

/** The format of a value that may have members. `unknown` if the value is in another encoding. */
function formatIn(plain: Plaintext, key: string): Format | 'unknown' | undefined {
  const { text } = plain;
  if (text === undefined || isOfOtherEncoding(plain.bytes)) return 'unknown';
  const format = formatOf(text, key);
  return format === 'url' && !hasUrlMembers(text) ? undefined : format;
}

/** No character of members, and no base64 of `-----BEGIN `, of `{"` or of `{` before a blank. */
const isPlainWord = ({ text }: Plaintext): boolean =>
  text !== undefined &&
  !CHARACTER_OF_MEMBERS.test(text) &&
  !(text.startsWith('LS0t') || text.startsWith('ey') || text.startsWith('ew'));

const isOfOtherEncoding = (bytes: Uint8Array): boolean =>
  bytes[0] === 0 || bytes[1] === 0 || bytes[0]! >= 0xef;
