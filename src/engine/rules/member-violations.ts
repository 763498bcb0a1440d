import type { Evaluation } from '../evaluation/evaluation.ts';
import type { PlaceholderVerdict } from '../placeholder/verdict.ts';
import { placeOfFix } from '../secret/owners.ts';
import { memberFaultsOf } from './embedded-members.ts';
import type { Violation } from './rule.ts';

/** Further ones are only counted: the first ones show what is wrong with the file. */
const MAX_VIOLATIONS = 5;

/**
 * One violation for each member of the value that breaks this rule. Undefined if there is none. `wholeFix` is for a
 * value that consists of one member.
 */
export function memberViolations(
  evaluation: Evaluation,
  key: string,
  rule: PlaceholderVerdict['rule'],
  wholeFix: () => string,
): readonly Violation[] | undefined {
  const all = memberFaultsOf(evaluation, key);
  // Nearly every value ends here.
  if (all.length === 0) return undefined;
  const faults = all.filter(({ verdict }) => verdict.rule === rule);
  if (faults.length === 0) return undefined;
  const more = faults.length - MAX_VIOLATIONS;
  return faults
    .slice(0, MAX_VIOLATIONS)
    .map(({ verdict: { what, maxAction }, place: placeOfFault }, index) => {
      const place = placeOfFault();
      const message = place === '' ? what : `${place} ${what}`;
      const isLast = more > 0 && index === MAX_VIOLATIONS - 1;
      const violation = { key, message: isLast ? `${message}, and ${more} more` : message };
      if (maxAction !== undefined)
        return { ...violation, fix: 'use it only where the emulator runs', maxAction };
      return { ...violation, fix: place === '' ? wholeFix() : memberFix(evaluation, rule) };
    });
}

function memberFix(evaluation: Evaluation, rule: PlaceholderVerdict['rule']): string {
  const ownedFix = ownedValueFix(evaluation);
  if (ownedFix !== undefined) return ownedFix;
  switch (rule) {
    case 'placeholder':
      return 'set the real value';
    case 'unrendered-template':
      return 'render it before the manifest is applied: Kubernetes replaces nothing inside a Secret';
    case 'unresolved-reference':
      return 'apply it through the tool that resolves it, or set the value itself';
  }
}

/** The fix for a value of an owned Secret: no tool renders it after its owner has read it. */
export function ownedValueFix({ request: { secret } }: Evaluation): string | undefined {
  const place = placeOfFix(secret);
  return place === '' ? undefined : `set the real value${place}`;
}
