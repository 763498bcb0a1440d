import { type Metered, withinBudget } from './budget.ts';
import { openCase, reopen } from './case.ts';
import type { Change, Surroundings } from './decision.ts';
import { isExcepted } from './exceptions.ts';
import { denies, type Finding } from './finding.ts';
import { findingsOf } from './judge.ts';
import type { Mandate } from './mandate.ts';
import { deriveKeys } from './mend.ts';

/**
 * The derived keys that have drifted in a Secret that is stored already, as they should be, by the policies that say `heal: true`. Its base keys are
 * what they are, and so is what an exception lets be. Nothing, where the Secret would then be refused for something that it is not refused for now, and where
 * findings are only recorded.
 */
export function healing(mandate: Mandate, around: Surroundings): readonly Change[] {
  if (!mandate.heals || around.strictest === 'Audit') return [];
  return withinBudget(
    mandate.request.secret,
    around,
    (metered) => driftIn(mandate, metered),
    () => [],
  );
}

function driftIn({ request, matched }: Mandate, around: Metered): readonly Change[] {
  const aCase = openCase(request, matched);
  const keys = [...aCase.governed.values()].filter(
    (one) => one.policy.heal && one.entry.derive !== undefined && !isExcepted(aCase, one, around.now()),
  );
  const healed = deriveKeys(aCase, new Set(keys), around);
  if (healed.changes.length === 0) return [];
  // With those that are only warned of, since this write changes none of their keys: a key that follows one that is healed counts as changed then.
  const before = new Set(findingsOf(aCase, around).map(gist));
  const after = findingsOf(reopen(healed.aCase), around).filter(denies);
  return after.every((finding) => before.has(gist(finding))) ? healed.changes : [];
}

const gist = ({ rule, key }: Finding): string => `${rule} ${key}`;
