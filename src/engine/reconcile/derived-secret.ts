import { deriveKeys } from '../decide/mutate.ts';
import { type Metered, withinBudget } from '../evaluation/budget.ts';
import type { Surroundings } from '../evaluation/decision.ts';
import { type Governed, openCase } from '../evaluation/evaluation.ts';
import { isExcepted } from '../evaluation/exceptions.ts';
import { asksForSibling, siblingNameOf, siblingOwnerOf } from '../permissions/derived-secret-marks.ts';
import type { Mandate } from '../permissions/permissions.ts';
import type { Secret } from '../secret/secret.ts';
import type { Sensitive } from '../secret/sensitive.ts';

const LONGEST_NAME = 253;

/** What is to be done about the Secret that holds what is derived from another one. */
export type SiblingPlan =
  /** It is as it should be, or nobody wants one and there is none. */
  | { readonly kind: 'leave' }
  /** It is to hold these values, and no others. */
  | { readonly kind: 'write'; readonly data: ReadonlyMap<string, Sensitive> }
  /** It is lockstep's own, and nobody wants it any more. */
  | { readonly kind: 'remove' }
  /** Why it can't be written: a sentence for people. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * The derived keys of an owned Secret that asks for a sibling, by the policies that match it: always as the template says, since nobody else writes them. The annotation asks for it, so `heal` has no say.
 * What can't be computed now, because a base key is missing or no value, stays as it was. `sibling`: what bears the name now.
 */
export function siblingPlan(
  { request, matched }: Pick<Mandate, 'request' | 'matched'>,
  sibling: Secret | undefined,
  around: Surroundings,
): SiblingPlan {
  const { secret } = request;
  const isOurs = sibling !== undefined && siblingOwnerOf(sibling) === secret.name;
  if (around.maxAction !== 'Enforce') return LEAVE;
  const isWanted = asksForSibling(secret) && governedBy(request, matched).some(isDerived);
  if (!isWanted) return isOurs && !sibling.deleting ? { kind: 'remove' } : LEAVE;
  const name = siblingNameOf(secret.name);
  if (name.length > LONGEST_NAME)
    return refused(`${name} is too long for a name: shorten that of the Secret`);
  if (sibling?.deleting === true) return LEAVE;
  if (sibling !== undefined && !isOurs)
    return refused(
      `Secret ${name} is somebody else's, and is left: delete it, or keep the derived keys there yourself`,
    );
  if (sibling?.immutable === true)
    return refused(`Secret ${name} is immutable: delete it, and it is made anew`);
  const before: Secret['data'] = sibling?.data ?? new Map();
  const data = withinBudget(
    secret,
    around,
    (metered) => derivedFrom({ request, matched }, before, metered),
    () => before,
  );
  return data.size === 0 || holdSame(data, sibling?.data) ? LEAVE : { kind: 'write', data };
}

const LEAVE: SiblingPlan = { kind: 'leave' };
const refused = (reason: string): SiblingPlan => ({ kind: 'refused', reason });

const governedBy = (request: Mandate['request'], matched: Mandate['matched']): readonly Governed[] => [
  ...openCase(request, matched).governed.values(),
];

const isDerived = ({ entry: { derive, action } }: Governed): boolean =>
  derive !== undefined && action !== 'Audit';

function derivedFrom(
  { request, matched }: Pick<Mandate, 'request' | 'matched'>,
  before: Secret['data'],
  around: Metered,
): ReadonlyMap<string, Sensitive> {
  const asIs = openCase(request, matched);
  const bare = new Map(request.secret.data);
  for (const { key, entry } of asIs.governed.values()) if (entry.derive !== undefined) bare.delete(key);
  const secret = { ...request.secret, data: bare };
  const aCase = openCase({ ...request, operation: 'CREATE', secret, old: undefined }, matched);
  const wanted = [...aCase.governed.values()].filter(
    (one) => isDerived(one) && !isExcepted(aCase, one, around.now()),
  );
  const computed = new Map(
    deriveKeys(aCase, new Set(wanted), around).changes.map(({ key, value }) => [key, value]),
  );
  const data = new Map<string, Sensitive>();
  for (const { key } of wanted) {
    const value = computed.get(key) ?? before.get(key);
    if (value !== undefined) data.set(key, value);
  }
  return data;
}

function holdSame(data: ReadonlyMap<string, Sensitive>, before: Secret['data'] | undefined): boolean {
  return data.size === before?.size && [...data].every(([key, value]) => value.equals(before.get(key)));
}
