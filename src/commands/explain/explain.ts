import { findRule, parseRuleId, unknownRuleAdvice } from '../../engine/review/rules/find-rule.ts';
import { type ManifestRule, ruleTexts } from '../../engine/review/rules/manifest-rules.ts';
import { ruleUrl } from '../../engine/secret/finding/docs-url.ts';
import { LockstepError } from '../../errors/errors.ts';
import { linesOf } from '../../report/lines.ts';
import { printable } from '../../report/printable.ts';

/** In columns. */
const WIDTH = 100;

/** The text about one rule, or one line for each rule. Throws RULE_NOT_FOUND. */
export function explain(ruleId: string | undefined): string {
  if (ruleId === undefined) return ruleList(ruleTexts);
  const id = parseRuleId(ruleId);
  const rule = findRule(id);
  if (rule === undefined) throw new LockstepError('RULE_NOT_FOUND', [printable(id), unknownRuleAdvice(id)]);
  return rulePage(rule);
}

function ruleList(rules: readonly ManifestRule[]): string {
  const width = Math.max(...rules.map(({ id }) => id.length)) + 2;
  return rules.map(({ id, meaning }) => `${id.padEnd(width)}${firstLine(meaning, WIDTH - width)}\n`).join('');
}

function firstLine(text: string, width: number): string {
  const [first = '', ...more] = linesOf(text, width - 1);
  return more.length === 0 ? first : `${first.replace(/[,:;.]$/, '')}…`;
}

function rulePage({ id, meaning, example, remediation, maxAction }: ManifestRule): string {
  const parts: readonly (readonly [string, string])[] = [
    ['For example:', example],
    ['To fix it:', remediation],
    ...(maxAction === undefined ? [] : [['At most:', `${maxAction}, whatever the policy says.`] as const]),
    ['More:', ruleUrl(id)],
  ];
  const width = Math.max(...parts.map(([label]) => label.length)) + 1;
  const paragraphs = parts.map(([label, text]) =>
    linesOf(text, WIDTH - width)
      .map((line, index) => `${(index === 0 ? label : '').padEnd(width)}${line}`)
      .join('\n'),
  );
  return `${id}\n\n${linesOf(meaning, WIDTH).join('\n')}\n\n${paragraphs.join('\n')}\n`;
}
