import type { ServerCredential } from '../../engine/login/credential-schema/compile.ts';
import { LOGIN_SYSTEMS } from '../../engine/login/server-kinds/kinds.ts';
import { isReleaseDue } from '../../engine/login/status/finalizer-timeout.ts';
import { forLogin, type LoginSystem } from '../../engine/secret/record/login-record.ts';
import type { RecordLookup } from '../../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../../engine/secret/secret-ref.ts';
import { identityOf } from '../domain-event.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';

/** The ServerCredentials of a Secret, one for each login. A deleted one still completes a change in progress. */
export const credentialsOf = (
  ref: SecretRef,
  lookup: RecordLookup,
  deps: Deps<'credentials'>,
): readonly ServerCredential[] =>
  LOGIN_SYSTEMS.flatMap((system) => credentialOf(ref, system, lookup, deps) ?? []);

function credentialOf(
  ref: SecretRef,
  system: LoginSystem,
  lookup: RecordLookup,
  { credentials }: Deps<'credentials'>,
): ServerCredential | undefined {
  const active = credentials.forSecret(ref, system);
  if (active !== undefined) return active;
  const former = credentials.formerForSecret(ref, system);
  if (former === undefined || lookup.kind !== 'read') return undefined;
  const { login } = forLogin(lookup.record, system);
  // While the finalizer exists, the login is checked once more: an edit may have ended the change. A login that has
  // moved to the record of another Secret continues there.
  const mayContinue =
    login !== undefined && (login.change !== undefined || credentials.finalizer.isSet(former));
  return mayContinue ? former : undefined;
}

/** Removes the finalizers that no change needs. */
export async function releaseCredentials(
  ref: SecretRef,
  current: readonly ServerCredential[],
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  deps: Deps<'credentials' | 'clock' | 'context' | 'emit'>,
): Promise<void> {
  for (const system of LOGIN_SYSTEMS) {
    const credential = current.find(({ spec }) => spec.keys.system === system);
    await releaseCredential(ref, system, credential, observed, lookup, deps);
  }
}

async function releaseCredential(
  ref: SecretRef,
  system: LoginSystem,
  credential: ServerCredential | undefined,
  observed: ObservedSecret | undefined,
  lookup: RecordLookup,
  deps: Deps<'credentials' | 'clock' | 'context' | 'emit'>,
): Promise<void> {
  const { forSecret, formerForSecret, finalizer } = deps.credentials;
  if (mustRelease(credential, observed, lookup, deps)) {
    const change = lookup.kind === 'read' ? forLogin(lookup.record, system).login?.change : undefined;
    const wasDeleting = await finalizer.remove(ref, system);
    if (wasDeleting && observed !== undefined && change !== undefined)
      deps.emit(
        { kind: 'change-abandoned', secret: identityOf(observed), id: change.id, phase: change.phase },
        credential ?? formerForSecret(ref, system),
      );
    return;
  }
  const active = forSecret(ref, system);
  // ServerCredentials that are being deleted have nothing to wait for: the active one continues the change.
  if (active !== undefined) await finalizer.remove(ref, system, active);
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
