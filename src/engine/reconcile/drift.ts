import { hash } from 'node:crypto';
import { planFor } from '../evaluation/derive.ts';
import { type Case, type Governed, openCase, valueNamed } from '../evaluation/evaluation.ts';
import type { Mandate } from '../permissions/permissions.ts';
import type { InStep, SecretRecord } from '../record/record.ts';

/** How many keys a record names. A Secret may match many policies, and a record must leave room for versions. */
const MOST_KEYS = 1000;

/**
 * The record with the derived keys that agree with their base keys now, of policies with `heal: Drift`. A key that disagrees stays in it only while lockstep
 * may still correct it: once lockstep has seen a disagreement and left it, that disagreement is no drift. The same object where nothing is different.
 */
export function withInStep(record: SecretRecord, mandate: Mandate): SecretRecord {
  const inStep = inStepOf(record, mandate);
  return isSame(record.inStep, inStep) ? record : { ...record, inStep };
}

function inStepOf(record: SecretRecord, { request, matched, heals }: Mandate): SecretRecord['inStep'] {
  const inStep = new Map<string, InStep>();
  if (!matched.some(({ heal }) => heal === 'Drift')) return inStep;
  const aCase = openCase(request, matched);
  const version = record.versions.at(-1)?.number ?? 0;
  for (const governed of aCase.governed.values()) {
    if (inStep.size === MOST_KEYS) break;
    if (governed.policy.heal !== 'Drift' || governed.entry.derive === undefined) continue;
    const { name } = governed.entry;
    const known = record.inStep.get(name);
    const entry = entryId(aCase, governed);
    if (isInStep(aCase, governed)) inStep.set(name, { entry, version });
    else if (heals && known?.entry === entry) inStep.set(name, known);
  }
  return inStep;
}

/** With no base key held there is nothing to agree with. */
function isInStep(aCase: Case, governed: Governed): boolean {
  const { key, entry } = governed;
  const references = entry.derive?.template.references ?? [];
  return (
    aCase.data.get(key)?.isEmpty === false &&
    references.some(({ name }) => valueNamed(aCase, name) !== undefined) &&
    planFor(aCase, governed).kind === 'leave'
  );
}

/**
 * The key agreed with its base keys under this very entry, and somebody has changed one of them since. A value that a rollback has put there is a person's decision.
 * A newer lockstep that judges the same values otherwise finds no drift.
 */
export function hasDrifted(
  aCase: Case,
  governed: Governed,
  { inStep, versions }: Pick<SecretRecord, 'inStep' | 'versions'>,
): boolean {
  const known = inStep.get(governed.entry.name);
  if (known === undefined || known.entry !== entryId(aCase, governed)) return false;
  const names = spellingsOf(aCase, governed);
  const touching = versions.filter(
    ({ number, keys }) => number > known.version && keys.some((key) => names.has(key)),
  );
  return touching.at(-1)?.why.kind === 'changed';
}

/** Every spelling of the key and of what it is derived from. */
const spellingsOf = (aCase: Case, governed: Governed): ReadonlySet<string> =>
  new Set(lineageOf(aCase, governed).flatMap(({ key, entry }) => [key, entry.name, ...entry.aliases]));

/**
 * Stands for all that decides how the key is derived. It is made of policies alone, never of values. `heal` is in it: what was changed under `Off` is no
 * drift.
 */
function entryId(aCase: Case, governed: Governed): string {
  const text = JSON.stringify([
    governed.policy.name,
    governed.policy.heal,
    ...lineageOf(aCase, governed).map(({ entry: { name, aliases, derive } }) => [
      name,
      aliases,
      derive && [derive.template.whole, derive.exact, [...derive.free].sort(), derive.addWith],
    ]),
  ]);
  return hash('sha256', text, 'base64url');
}

/** The key, its base keys, and theirs; each once. */
function lineageOf({ byName }: Case, governed: Governed): readonly Governed[] {
  const lineage = new Set([governed]);
  // A Set is walked to its end, also over what is added meanwhile.
  for (const { entry } of lineage)
    for (const { name } of entry.derive?.template.references ?? []) {
      const base = byName.get(name);
      if (base !== undefined) lineage.add(base);
    }
  return [...lineage];
}

function isSame(before: SecretRecord['inStep'], after: SecretRecord['inStep']): boolean {
  return (
    before.size === after.size &&
    [...after].every(([name, { entry, version }]) => {
      const known = before.get(name);
      return known?.entry === entry && known.version === version;
    })
  );
}
