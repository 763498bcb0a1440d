import {
  derivedSecretNameOf,
  mayHaveDerivedSecret,
  sourceByDerivedName,
  sourceOfDerivedSecret,
} from '../../engine/review/own-writes/derived-secret-marks.ts';
import type { Permissions } from '../../engine/review/own-writes/permissions.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { planDerivedSecret } from '../../engine/versions/reconcile/derived-secret.ts';
import { identityOf } from '../domain-event.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

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
    emit,
  }: Deps<'secrets' | 'context' | 'mayWrite' | 'enqueue' | 'emit'>,
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
      emit({ kind: 'derived-secret-failed', secret: identityOf(observed), reason: plan.reason });
      return;
    case 'remove':
      if (derivedSecret !== undefined) await secrets.deleteDerived(derivedSecret);
      return;
    case 'write':
      if (!mayWrite(ref)) return;
      await secrets.writeDerived(observed, plan.data, derivedSecret);
      emit({
        kind: 'derived-secret-written',
        secret: identityOf(observed),
        derivedName: ref.name,
        keys: [...plan.data.keys()],
        versions: { owner: observed.resourceVersion, before: derivedSecret?.resourceVersion },
      });
  }
}

/** A deleted Secret may have been a derived Secret. Then its source is reconciled, which creates it again. */
export function enqueueOwnerOf({ namespace, name }: SecretRef, { enqueue }: Deps<'enqueue'>): void {
  const owner = sourceByDerivedName(name);
  if (owner !== undefined) enqueue({ namespace, name: owner });
}
