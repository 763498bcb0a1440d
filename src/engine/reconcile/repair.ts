import { deriveKeys } from '../decide/mutate.ts';
import { findingsOf } from '../decide/validate.ts';
import { type Metered, withinBudget } from '../evaluation/budget.ts';
import type { Change, Surroundings } from '../evaluation/decision.ts';
import { type Case, type Governed, openCase, reopen } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { denies, type Finding } from '../finding/finding.ts';
import type { Mandate } from '../permissions/permissions.ts';
import type { SecretRecord } from '../record/record.ts';
import { hasDrifted } from './drift.ts';

/**
 * The derived keys of a stored Secret that the controller corrects by itself, with their new values. Base keys stay as they are, and so does what an exception
 * or `action: Audit` lets be. Nothing where the Secret would then be refused for something that it is not refused for now. `record`: undefined where it is not
 * known, and then nothing counts as drift.
 */
export function healing(
  mandate: Mandate,
  record: Pick<SecretRecord, 'inStep' | 'versions'> | undefined,
  around: Surroundings,
): readonly Change[] {
  if (!mandate.heals) return [];
  return corrections(mandate, around, (aCase, governed) => isToHeal(aCase, governed, record));
}

/** The same of every derived key, whatever `heal` says: what a person asks for who has seen the plan. */
export const correctionsAsked = (mandate: Mandate, around: Surroundings): readonly Change[] =>
  mandate.writes ? corrections(mandate, around, () => true) : [];

function isToHeal(
  aCase: Case,
  governed: Governed,
  record: Pick<SecretRecord, 'inStep' | 'versions'> | undefined,
): boolean {
  switch (governed.policy.heal) {
    case 'Off':
      return false;
    case 'Drift':
      return record !== undefined && hasDrifted(aCase, governed, record);
    case 'Always':
      return true;
  }
}

const corrections = (
  mandate: Mandate,
  around: Surroundings,
  isMeant: (aCase: Case, governed: Governed) => boolean,
): readonly Change[] =>
  withinBudget(
    mandate.request.secret,
    around,
    (metered) => correctionsWithin(mandate, metered, isMeant),
    () => [],
  );

function correctionsWithin(
  { request, matched }: Mandate,
  around: Metered,
  isMeant: (aCase: Case, governed: Governed) => boolean,
): readonly Change[] {
  const aCase = openCase(request, matched);
  const keys = [...aCase.governed.values()].filter(
    (one) =>
      one.entry.derive !== undefined &&
      one.entry.action !== 'Audit' &&
      !isExcepted(aCase, one, around.now()) &&
      isMeant(aCase, one),
  );
  const healed = deriveKeys(aCase, new Set(keys), around);
  if (healed.changes.length === 0) return [];
  // With those that are only warned of, since this write changes none of their keys: a key that follows one that is healed counts as changed then.
  const before = new Set(findingsOf(aCase, around).map(gist));
  const after = findingsOf(reopen(healed.aCase), around).filter(denies);
  return after.every((finding) => before.has(gist(finding))) ? healed.changes : [];
}

const gist = ({ rule, key }: Finding): string => `${rule} ${key}`;
