import { isReleaseDue } from '../../engine/credential/finalizer-timeout.ts';
import type { ServerCredential } from '../../engine/credential/spec/compile.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { identityOf } from '../domain-event.ts';
import type { ObservedSecret, RecordLookup } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

/** The ServerCredential of a Secret. A deleted one still completes a change in progress. */
export function credentialOf(
  ref: SecretRef,
  lookup: RecordLookup,
  { credentials }: Deps<'credentials'>,
): ServerCredential | undefined {
  const active = credentials.forSecret(ref);
  if (active !== undefined) return active;
  const former = credentials.formerForSecret(ref);
  if (former === undefined || lookup.kind !== 'read') return undefined;
  const { login } = lookup.record;
  // While the finalizer exists, the login is checked once more: an edit may have ended the change. A login that has
  // moved to the record of another Secret continues there.
  const mayContinue =
    login !== undefined && (login.change !== undefined || credentials.finalizer.isSet(former));
  return mayContinue ? former : undefined;
}

/** Removes the finalizers that no change needs. */
export async function releaseCredentials(
  ref: SecretRef,
  credential: ServerCredential | undefined,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  deps: Deps<'credentials' | 'clock' | 'context' | 'emit'>,
): Promise<void> {
  const { forSecret, finalizer } = deps.credentials;
  if (mustRelease(credential, observed, lookup, deps)) {
    const change = lookup.kind === 'read' ? lookup.record.login?.change : undefined;
    const wasDeleting = await finalizer.remove(ref);
    if (wasDeleting && observed !== undefined && change !== undefined)
      deps.emit({
        kind: 'change-abandoned',
        secret: identityOf(observed),
        id: change.id,
        phase: change.phase,
      });
    return;
  }
  const active = forSecret(ref);
  // ServerCredentials that are being deleted have nothing to wait for: the active one continues the change.
  if (active !== undefined) await finalizer.remove(ref, active);
}

/**
 * True if no change can continue here, or if a ServerCredential waits too long for its deletion. Otherwise the
 * finalizer would stay for ever.
 */
function mustRelease(
  credential: ServerCredential | undefined,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  { credentials, clock, context }: Deps<'credentials' | 'clock' | 'context'>,
): boolean {
  if (credential === undefined || observed === undefined || lookup.kind === 'unreadable') return true;
  return (
    context.maxAction !== 'Enforce' || isReleaseDue(credentials.finalizer.deletedAt(credential), clock.now())
  );
}
