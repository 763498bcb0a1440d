import { deriveKeys, type Mended } from '../decide/mutate.ts';
import { findingsOf } from '../decide/validate.ts';
import { type Metered, withinBudget } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { inOrderOfDependency } from '../evaluation/dependency-order.ts';
import { type Case, type Governed, keyNamed, openCase, reopen } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { denies, type Finding } from '../finding/finding.ts';
import { tooLarge } from '../rules/too-large-finding.ts';
import type { Secret } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';
import type { Mandate } from './permissions.ts';

export interface KeyEdit {
  readonly set: ReadonlyMap<string, Sensitive>;
  readonly remove: readonly string[];
}

/**
 * The same edit with the derived keys that follow it: lockstep's own writes meet no webhook. `refusals`: what the write would be denied for, were it anybody
 * else's; then it is not to be made. The keys in `moved` are not asked anything: they hold for a while what stood in another key. What is too large to judge is
 * refused.
 */
export function withFollowers(
  mandate: Mandate,
  { set, remove }: KeyEdit,
  moved: ReadonlySet<string>,
  around: Surroundings,
): KeyEdit & { readonly refusals: readonly Finding[] } {
  const { request, matched } = mandate;
  const data = new Map(request.secret.data);
  for (const key of remove) data.delete(key);
  for (const [key, value] of set) data.set(key, value);
  const aCase = openCase({ ...request, secret: { ...request.secret, data } }, matched);
  const followers = followersOf(aCase, new Set([...set.keys(), ...remove]), around.now());
  const derived = withinBudget<Mended>(
    { data },
    around,
    (metered) => deriveKeys(aCase, followers, metered),
    () => ({ aCase, changes: [] }),
  );
  return {
    set: new Map([...set, ...derived.changes.map(({ key, value }) => [key, value] as const)]),
    remove,
    refusals: newDenials(mandate, reopen(derived.aCase), moved, around),
  };
}

/** What it would be denied for that the Secret came to hold `data`, and is not for what it holds now; `moved` as above. */
export function denialsOf(
  mandate: Mandate,
  data: Secret['data'],
  moved: ReadonlySet<string>,
  around: Surroundings,
): readonly Finding[] {
  const { request, matched } = mandate;
  const after = openCase({ ...request, secret: { ...request.secret, data } }, matched);
  return newDenials(mandate, after, moved, around);
}

function newDenials(
  { request, matched }: Mandate,
  after: Case,
  moved: ReadonlySet<string>,
  around: Surroundings,
): readonly Finding[] {
  const denials = (aCase: Case, metered: Metered): readonly Finding[] =>
    findingsOf(aCase, metered).filter(denies);
  return withinBudget(
    after,
    around,
    (metered) => {
      const before = new Set(denials(openCase(request, matched), metered).map(gist));
      return denials(after, metered).filter((one) => !before.has(gist(one)) && !moved.has(one.key));
    },
    (limit) => [tooLarge(request, matched, limit, around)],
  );
}

/** Keys that hold the other value of one that is rotated. */
export function kept({ request, matched }: Mandate): ReadonlySet<string> {
  const aCase = openCase(request, matched);
  const keeps = [...aCase.governed.values()].flatMap(({ entry }) => entry.rotate?.previousKey ?? []);
  return new Set(keeps.map((keep) => keyNamed(aCase, keep)));
}

const gist = ({ rule, key }: Finding): string => `${rule} ${key}`;

/** Derived keys whose template names one of these, or one that follows one of these. */
function followersOf(aCase: Case, changed: ReadonlySet<string>, now: Date): ReadonlySet<Governed> {
  const moving = new Set(changed);
  const followers = new Set<Governed>();
  for (const governed of inOrderOfDependency(aCase.governed.values(), aCase.byName).ordered) {
    const references = governed.entry.derive?.template.references ?? [];
    if (!references.some(({ name }) => moving.has(keyNamed(aCase, name)))) continue;
    if (governed.entry.action === 'Audit' || isExcepted(aCase, governed, now)) continue;
    moving.add(governed.key);
    followers.add(governed);
  }
  return followers;
}
