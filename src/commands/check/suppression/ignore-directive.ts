import { findRule, parseRuleId, unknownRuleAdvice } from '../../../engine/rules/find-rule.ts';
import { IGNORE_COMMENT } from '../../../engine/rules/manifest-rules.ts';
import type { IgnoreComment } from '../../../manifest/read/ignore-comments.ts';

/** The findings that a comment accepts, or the reason why it accepts none. */
export type IgnoreDirective =
  | { readonly rules: readonly string[]; readonly reason: string }
  | { readonly fault: string; readonly fix: string };

const FORM = 'write # lockstep:ignore RULE -- REASON';

/** `# lockstep:ignore placeholder, weak -- the reason`. One unknown rule makes the whole comment ineffective. */
export function parseIgnoreComment({ word, text }: Pick<IgnoreComment, 'word' | 'text'>): IgnoreDirective {
  const suffix = /^\S*/.exec(text)?.[0] ?? '';
  if (word !== 'ignore' || suffix !== '')
    return { fault: `has the comment lockstep:${shortened(word + suffix)}, which has no meaning`, fix: FORM };
  const [ruleText = '', reason = ''] = splitAtReason(text);
  const rules = [...new Set(ruleText.split(/[\s,]+/).map(parseRuleId))].filter((id) => id !== '');
  if (rules.length === 0) return { fault: 'has an ignore comment that names no rule', fix: FORM };
  const unknown = rules.find((id) => findRule(id) === undefined);
  if (unknown !== undefined)
    return {
      fault: `has an ignore comment for the rule ${shortened(unknown)}, which does not exist`,
      fix: unknownRuleAdvice(unknown),
    };
  if (rules.includes(IGNORE_COMMENT))
    return {
      fault: `has an ignore comment for the rule ${IGNORE_COMMENT}`,
      fix: 'correct the other comment',
    };
  if (reason === '') return { fault: 'has an ignore comment without a reason', fix: FORM };
  return { rules, reason: shortened(reason, MAX_REASON) };
}

/** The rules, and the reason after the two dashes. */
function splitAtReason(text: string): readonly string[] {
  const dashes = /(?:^|\s)--(?=\s|$)/.exec(text);
  if (dashes === null) return [text];
  return [text.slice(0, dashes.index), text.slice(dashes.index + dashes[0].length).trim()];
}

/** Limits in characters. A comment may be as long as a file. */
const MAX_REASON = 300;
const MAX_WORD = 40;

const shortened = (text: string, most = MAX_WORD): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`;
