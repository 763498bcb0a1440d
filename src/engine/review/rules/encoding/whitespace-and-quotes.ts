import { placeOfFix } from '../../../secret/owners.ts';
import type { Sensitive } from '../../../secret/sensitive.ts';
import { sensitiveKeysOf } from '../../derivation/placeholder-match.ts';
import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { inputArtifactOf, MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import type { ValueRule, Violation } from '../rule.ts';

/** An accident of typing counts only in a key that a policy names, or whose name says that it holds a secret. */
const artifactCheck =
  (rule: string, message: string, fix: (place: string) => string) =>
  (evaluation: Evaluation, { key, entry }: ManagedKey, value: Sensitive): Violation | undefined => {
    if (entry === evaluation.defaultEntry?.entry && !holdsASecret(evaluation, key, value)) return undefined;
    return inputArtifactOf(value, entry.derive !== undefined)?.rule === rule
      ? { key, message, fix: fix(placeOfFix(evaluation.request.secret)) }
      : undefined;
  };

/** A line of a file of users: `shop:$7$101$…` */
const USER_AND_HASH = /^[^\s:]{1,255}:\$/;

/** A file of one line ends with a newline. */
const holdsASecret = ({ plan }: Evaluation, key: string, value: Sensitive): boolean =>
  sensitiveKeysOf(plan).has(key) &&
  !/^\.|pgpass|htpasswd|netrc|(?:sasl_|\.)passwd$|(?:\.db|(?<!api)\.key)$/i.test(key) &&
  !value.withPlaintext(({ text = '' }) => USER_AND_HASH.test(text));

export const trailingNewline: ValueRule = {
  id: 'trailing-newline',
  meaning:
    'A single-line value ends with a newline: `echo` prints one, and base64 keeps it. Some drivers cut it off, others send it.',
  example: 'echo secret | base64',
  remediation:
    'Use `printf %s`, `echo -n`, or `stringData`. lockstep cuts it off at admission where a policy names the key.',
  final: true,
  check: artifactCheck('trailing-newline', 'ends with a newline', (place) =>
    place === ''
      ? 'encode it with printf %s instead of echo, or use stringData'
      : `remove the newline${place}`,
  ),
};

export const quoted: ValueRule = {
  id: 'quoted',
  meaning: 'The value stands in quotes, as in a dotenv file: the program gets the quotes too.',
  example: `"s0me-value"`,
  remediation: 'Remove the quotes. lockstep removes them at admission where a policy names the key.',
  final: true,
  check: artifactCheck(
    'quoted',
    'stands in quotes that are part of the value',
    (place) => `remove the quotes${place}`,
  ),
};

export const whitespace: ValueRule = {
  id: 'whitespace',
  meaning:
    'The value begins or ends with a blank: legal, but nearly always pasted by mistake, and invisible.',
  example: '" s0me-value "',
  remediation: 'Remove the blanks at both ends.',
  maxAction: 'Warn',
  check: hasOuterBlank,
};

const BLANK = /[ \t]/;

function hasOuterBlank(
  evaluation: Evaluation,
  { key, entry }: ManagedKey,
  value: Sensitive,
): Violation | undefined {
  if (entry === evaluation.defaultEntry?.entry || value.size > MAX_TEXT_BYTES) return undefined;
  const outer = value.withPlaintext(
    ({ text }) =>
      text !== undefined && (BLANK.test(text.charAt(0)) || BLANK.test(text.at(-1)!)) && !/[\r\n]/.test(text),
  );
  return outer
    ? {
        key,
        message: 'begins or ends with a blank',
        fix: `remove the blanks at both ends${placeOfFix(evaluation.request.secret)}`,
      }
    : undefined;
}
