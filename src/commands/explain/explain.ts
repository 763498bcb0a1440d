import type { ManifestRule } from '../../engine/rules/manifest-rules.ts';
import { ruleTexts } from '../../engine/rules/rule-texts.ts';
import { nearest } from '../../engine/secret/nearest.ts';
import { LockstepError } from '../../errors.ts';
import { printable } from '../../report/printable.ts';
import { helpUri } from '../../report/rule-url.ts';

/** Columns. */
const WIDTH = 100;

/** What there is to say of a rule, or of each one a line. Throws RULE_NOT_FOUND. */
export function explain(asked: string | undefined): string {
  if (asked === undefined) return listOf(ruleTexts);
  const id = idIn(asked);
  const rule = ruleTexts.find((one) => one.id === id);
  if (rule === undefined) throw unknown(id);
  return pageOf(rule);
}

/** As a message has it, `[lockstep/placeholder]:`, or as a person types it. */
const idIn = (asked: string): string =>
  asked
    .trim()
    .toLowerCase()
    .replace(/^\[?(lockstep\/)?/, '')
    .replace(/[\]:]+$/, '');

function unknown(id: string): LockstepError {
  const near = nearest(
    id,
    ruleTexts.map((rule) => rule.id),
  );
  const hint = near.length === 0 ? 'lockstep explain lists them' : `did you mean ${near.join(' or ')}?`;
  return new LockstepError('RULE_NOT_FOUND', [printable(id), hint]);
}

function listOf(rules: readonly ManifestRule[]): string {
  const width = Math.max(...rules.map(({ id }) => id.length)) + 2;
  return rules.map(({ id, meaning }) => `${id.padEnd(width)}${firstLine(meaning, WIDTH - width)}\n`).join('');
}

function firstLine(text: string, width: number): string {
  const [first = '', ...more] = linesOf(text, width - 1);
  return more.length === 0 ? first : `${first.replace(/[,:;.]$/, '')}…`;
}

function pageOf({ id, meaning, example, mend, atMost }: ManifestRule): string {
  const parts: readonly (readonly [string, string])[] = [
    ['For example:', example],
    ['To mend it:', mend],
    ...(atMost === undefined ? [] : [['At most:', `${atMost}, whatever the policy says.`] as const]),
    ['More:', helpUri(id)],
  ];
  const width = Math.max(...parts.map(([label]) => label.length)) + 1;
  const paragraphs = parts.map(([label, text]) =>
    linesOf(text, WIDTH - width)
      .map((line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`)
      .join('\n'),
  );
  return `${id}\n\n${linesOf(meaning, WIDTH).join('\n')}\n\n${paragraphs.join('\n')}\n`;
}

/** Broken at blanks; a word that is longer than a line has one of its own. */
function linesOf(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
