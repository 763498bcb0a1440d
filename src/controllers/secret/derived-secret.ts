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

/** Each function rejects with a LockstepError, and with CLUSTER_CONFLICT if an object has changed since it was read. */
export interface DerivedSecretNeeds {
  readonly readSecret: (ref: SecretRef) => Promise<ObservedSecret | undefined>;
  readonly writeDerivedSecret: (
    owner: ObservedSecret,
    data: ReadonlyMap<string, Sensitive>,
    before: ObservedSecret | undefined,
  ) => Promise<void>;
  readonly deleteDerivedSecret: (derivedSecret: ObservedSecret) => Promise<void>;
  readonly context: EngineContext;
  /** False while the write-conflict breaker suspends the Secret. */
  readonly mayWrite: (ref: SecretRef) => boolean;
  readonly onWritten: (ref: SecretRef, why: ChangeReason) => void;
  readonly recordEvent: (observed: ObservedSecret, event: SecretEventData) => void;
  /** Puts the Secret into the work queue. */
  readonly enqueue: (ref: SecretRef) => void;
}

/**
 * Keeps the derived Secret of a Secret that another controller writes, if it asks for one. If a client has changed a
 * derived Secret, its source is reconciled again.
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

/** A deleted Secret may have been a derived Secret. Then its source is reconciled, which creates it again. */
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
  note: `lockstep can't write the derived Secret: ${reason}`,
  identity: reason,
});
