import type { Surroundings } from '../../engine/evaluation/decision.ts';
import {
  mayHaveSibling,
  siblingNameOf,
  siblingOwnerBy,
  siblingOwnerOf,
} from '../../engine/permissions/derived-secret-marks.ts';
import type { Mandate } from '../../engine/permissions/permissions.ts';
import { siblingPlan } from '../../engine/reconcile/derived-secret.ts';
import type { Why } from '../../engine/record/record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { Held, News, Place } from '../record/observed-secret.ts';

/** Each function rejects with a LockstepError: CLUSTER_CONFLICT where something is no longer what was read. */
export interface SiblingNeeds {
  readonly readSecret: (place: Place) => Promise<Held | undefined>;
  readonly writeSibling: (
    owner: Held,
    data: ReadonlyMap<string, Sensitive>,
    before: Held | undefined,
  ) => Promise<void>;
  readonly deleteSibling: (sibling: Held) => Promise<void>;
  readonly around: Surroundings;
  /** Whether it may put this Secret right once more: see hot-loop.ts. */
  readonly mayWrite: (place: Place) => boolean;
  readonly wrote: (place: Place, why: Why) => void;
  readonly tell: (held: Held, news: News) => void;
  /** That Secret is to be looked at. */
  readonly lookAt: (place: Place) => void;
}

/**
 * Keeps beside a Secret that another controller writes what is derived from it, where it asks for that. Of a sibling that somebody has changed, the Secret that it is of
 * is looked at again.
 */
export async function keepSibling(held: Held, mandate: Mandate, needs: SiblingNeeds): Promise<void> {
  const { namespace, name } = held.secret;
  const owner = siblingOwnerOf(held.secret);
  if (owner !== undefined) needs.lookAt({ namespace, name: owner });
  if (!mayHaveSibling(held.secret)) return;
  const place = { namespace, name: siblingNameOf(name) };
  const sibling = await needs.readSecret(place);
  const plan = siblingPlan(mandate, sibling?.secret, needs.around);
  switch (plan.kind) {
    case 'leave':
      return;
    case 'refused':
      needs.tell(held, refused(plan.reason));
      return;
    case 'remove':
      if (sibling !== undefined) await needs.deleteSibling(sibling);
      return;
    case 'write':
      if (!needs.mayWrite(place)) return;
      await needs.writeSibling(held, plan.data, sibling);
      needs.wrote(place, { kind: 'healed' });
      needs.tell(held, written(place.name, [...plan.data.keys()], held, sibling));
  }
}

/** A Secret that is gone may have been somebody's sibling: if it was, it is made anew. */
export function siblingIsGone({ namespace, name }: Place, { lookAt }: Pick<SiblingNeeds, 'lookAt'>): void {
  const owner = siblingOwnerBy(name);
  if (owner !== undefined) lookAt({ namespace, name: owner });
}

const written = (name: string, keys: readonly string[], held: Held, before: Held | undefined): News => ({
  reason: 'DerivedSecretUpdated',
  note: `${keys.join(', ')}: derived from this Secret, and kept in Secret ${name}`,
  identity: `${held.resourceVersion} ${before?.resourceVersion}`,
});

const refused = (reason: string): News => ({
  reason: 'DerivedSecretFailed',
  note: `What is derived can not be kept beside it: ${reason}`,
  identity: reason,
});
