import {
  derivedSecretNameOf,
  mayHaveDerivedSecret,
  sourceByDerivedName,
  sourceOfDerivedSecret,
} from '../../engine/permissions/derived-secret-marks.ts';
import type { Permissions } from '../../engine/permissions/permissions.ts';
import { planDerivedSecret } from '../../engine/reconcile/derived-secret.ts';
import type { ObservedSecret, SecretRef } from '../ports.ts';
import type { Deps, SecretEventData } from '../reconciler-deps.ts';

/**
 * Keeps the derived Secret of a Secret that another controller writes, if it asks for one. If a client has changed a
 * derived Secret, its source is reconciled again.
 */
export async function reconcileDerivedSecret(
  observed: ObservedSecret,
  permissions: Permissions,
  {
    secrets,
    context,
    mayWrite,
    enqueue,
    reports,
  }: Deps<'secrets' | 'context' | 'mayWrite' | 'enqueue' | 'reports'>,
): Promise<void> {
  const { namespace, name } = observed.secret;
  const owner = sourceOfDerivedSecret(observed.secret);
  if (owner !== undefined) enqueue({ namespace, name: owner });
  if (!mayHaveDerivedSecret(observed.secret)) return;
  const ref = { namespace, name: derivedSecretNameOf(name) };
  const derivedSecret = await secrets.read(ref);
  const plan = planDerivedSecret(permissions, derivedSecret?.secret, context);
  switch (plan.kind) {
    case 'leave':
      return;
    case 'refused':
      reports.recordEvent(observed, derivedSecretFailedEvent(plan.reason));
      return;
    case 'remove':
      if (derivedSecret !== undefined) await secrets.deleteDerived(derivedSecret);
      return;
    case 'write':
      if (!mayWrite(ref)) return;
      await secrets.writeDerived(observed, plan.data, derivedSecret);
      reports.onWritten(ref, { kind: 'healed' });
      reports.recordEvent(
        observed,
        derivedSecretUpdatedEvent(ref.name, [...plan.data.keys()], observed, derivedSecret),
      );
  }
}

/** A deleted Secret may have been a derived Secret. Then its source is reconciled, which creates it again. */
export function enqueueOwnerOf({ namespace, name }: SecretRef, { enqueue }: Deps<'enqueue'>): void {
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
