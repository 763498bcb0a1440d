import type { Condition, Derivation, KeyEntry } from '../../engine/policy/policy.ts';
import { referencesOf, type TemplateExpression } from '../../engine/policy/template/template.ts';
import { listText } from './match-text.ts';

/** The requirements of a policy for one key, as short phrases: "required", "secret", "at least 32 characters". */
export function requirementsOf(entry: KeyEntry, policyAction: string): readonly string[] {
  const { derive, generate, rotate } = entry;
  return [
    entry.when && `only if ${conditionText(entry.when)}`,
    entry.required && 'required',
    entry.recommended && 'recommended',
    entry.requiredWith && `required with ${listText(entry.requiredWith, 'and')}`,
    entry.sensitive === true && 'secret',
    entry.minLength && `at least ${characters(entry.minLength)}`,
    entry.recommendedLength && `better ${characters(entry.recommendedLength)}`,
    entry.maxLength && `at most ${characters(entry.maxLength)}`,
    entry.format && `a valid ${entry.format}`,
    entry.schemes && `with scheme ${listText(entry.schemes, 'or')}`,
    entry.prefix && `begins with ${entry.prefix}`,
    entry.enum && `one of ${entry.enum.length} texts`,
    entry.pattern && 'matches a pattern',
    entry.distinctFrom.length > 0 && `differs from ${listText(entry.distinctFrom, 'and')}`,
    entry.validations.length > 0 && `${entry.validations.length} rules in CEL`,
    derive && `${followsText(derive)} ${expressionText(derive.template.whole)}`,
    derive && additionText(entry, derive),
    generate && 'can be generated',
    entry.onChange === 'Keep' && 'keeps its stored value',
    entry.onChange === 'Refuse' && 'no update changes it',
    rotate && `rotated at ${rotate.schedule}`,
    entry.action !== policyAction && `action ${entry.action}`,
  ].filter((part) => typeof part === 'string');
}

function followsText({ exact, bind, template }: Derivation): string {
  if (exact) return 'always';
  return bind === 'Password' && template.url !== undefined ? 'password follows' : 'follows';
}

/** When lockstep adds a key that the Secret lacks. */
function additionText({ name, aliases }: KeyEntry, derive: Derivation): string {
  const { addWith, addsBesideUrl, template } = derive;
  if ([name, ...aliases].some((spelling) => addWith.includes(spelling))) return 'never added';
  const keys = addWith.length === 0 ? 'its base keys' : listText(addWith, 'and');
  const unless =
    addsBesideUrl || template.url === undefined ? '' : `, without a URL of ${template.url.system}`;
  return `added next to ${keys}${unless}`;
}

const characters = (count: number): string => `${count} characters`;

function conditionText({ spellings: [key = ''], is, isNot, present }: Condition): string {
  if (is !== undefined) return `${key} is ${is}`;
  if (isNot !== undefined) return `${key} is not ${isNot}`;
  return present === true ? `${key} is there` : `${key} is missing`;
}

/** As the policy writes it, in one line. */
function expressionText(expression: TemplateExpression): string {
  const references = new Set(referencesOf(expression));
  const text = expression
    .map((piece) => {
      if (typeof piece === 'string' || !references.has(piece)) return piece;
      return piece.fallback === undefined ? `\${${piece.name}}` : `\${${piece.name}:-${piece.fallback}}`;
    })
    .join('');
  return text.includes('\n') ? 'a text with several lines' : text;
}
