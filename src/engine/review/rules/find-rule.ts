import { nearestNames } from '../../secret/nearest.ts';
import { type ManifestRule, ruleTexts } from './manifest-rules.ts';

/** Accepts the form of a message, `[lockstep/placeholder]:`, and the plain ID. */
export const parseRuleId = (text: string): string =>
  text
    .trim()
    .toLowerCase()
    .replace(/^\[?(lockstep\/)?/, '')
    .replace(/[\]:]+$/, '');

export const findRule = (id: string): ManifestRule | undefined => rulesById.get(id);

const rulesById: ReadonlyMap<string, ManifestRule> = new Map(ruleTexts.map((rule) => [rule.id, rule]));

/** The advice about an ID that no rule has. */
export function unknownRuleAdvice(id: string): string {
  const suggestions = nearestNames(id, [...rulesById.keys()]);
  return suggestions.length === 0
    ? 'lockstep explain lists them'
    : `did you mean ${suggestions.join(' or ')}?`;
}
