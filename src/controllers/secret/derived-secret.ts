import type { EngineContext } from '../../engine/evaluation/decision.ts';
import {
  derivedSecretNameOf,
  mayHaveDerivedSecret,
  sourceByDerivedName,
  sourceOfDerivedSecret,
} from '../../engine/permissions/derived-secret-marks.ts';
import type { Permissions } from '../../engine/permissions/permissions.ts';
import { planDerivedSecret } from '../../engine/reconcile/derived-secret.ts';
import type { ChangeReason } from '../../engine/record/record.ts';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import type { ObservedSecret, SecretEventData, SecretRef } from '../record/observed-secret.ts';

/** Each function rejects with a LockstepError: CLUSTER_CONFLICT where something is no longer what was read. */
export interface DerivedSecretNeeds {
  readonly readSecret: (ref: SecretRef) => Promise<ObservedSecret | undefined>;
  readonly writeDerivedSecret: (
    owner: ObservedSecret,
    data: ReadonlyMap<string, Sensitive>,
    before: ObservedSecret | undefined,
  ) => Promise<void>;
  readonly deleteDerivedSecret: (derivedSecret: ObservedSecret) => Promise<void>;
  readonly context: EngineContext;
  /** Whether it may put this Secret right once more: see hot-loop.ts. */
  readonly mayWrite: (ref: SecretRef) => boolean;
  readonly onWritten: (ref: SecretRef, why: ChangeReason) => void;
  readonly recordEvent: (observed: ObservedSecret, event: SecretEventData) => void;
  /** That Secret is to be looked at. */
  readonly enqueue: (ref: SecretRef) => void;
}

/**
 * Keeps beside a Secret that another controller writes what is derived from it, where it asks for that. Of a sibling that somebody has changed, the Secret that it is of
 * is looked at again.
 */
export async function reconcileDerivedSecret(
  observed: ObservedSecret,
  permissions: Permissions,
  needs: DerivedSecretNeeds,
): Promise<void> {
  const { namespace, name } = observed.secret;
  const owner = sourceOfDerivedSecret(observed.secret);
  if (owner !== undefined) needs.enqueue({ namespace, name: owner });
  if (!mayHaveDerivedSecret(observed.secret)) return;
  const ref = { namespace, name: derivedSecretNameOf(name) };
  const derivedSecret = await needs.readSecret(ref);
  const plan = planDerivedSecret(permissions, derivedSecret?.secret, needs.context);
  switch (plan.kind) {
    case 'leave':
      return;
    case 'refused':
      needs.recordEvent(observed, derivedSecretFailedEvent(plan.reason));
      return;
    case 'remove':
      if (derivedSecret !== undefined) await needs.deleteDerivedSecret(derivedSecret);
      return;
    case 'write':
      if (!needs.mayWrite(ref)) return;
      await needs.writeDerivedSecret(observed, plan.data, derivedSecret);
      needs.onWritten(ref, { kind: 'healed' });
      needs.recordEvent(
        observed,
        derivedSecretUpdatedEvent(ref.name, [...plan.data.keys()], observed, derivedSecret),
      );
  }
}

/** A Secret that is gone may have been somebody's sibling: if it was, it is made anew. */
export function enqueueOwnerOf(
  { namespace, name }: SecretRef,
  { enqueue }: Pick<DerivedSecretNeeds, 'enqueue'>,
): void {
  const owner = sourceByDerivedName(name);
  if (owner !== undefined) enqueue({ namespace, name: owner });
}

const derivedSecretUpdatedEvent = (
  name: string,
  keys: readonly string[],
  observed: ObservedSecret,
  before: ObservedSecret | undefined,
): SecretEventData => ({
  reason: 'DerivedSecretUpdated',
  note: `${keys.join(', ')}: derived from this Secret, and kept in Secret ${name}`,
  identity: `${observed.resourceVersion} ${before?.resourceVersion}`,
});

const derivedSecretFailedEvent = (reason: string): SecretEventData => ({
  reason: 'DerivedSecretFailed',
  note: `What is derived can not be kept beside it: ${reason}`,
  identity: reason,
});
