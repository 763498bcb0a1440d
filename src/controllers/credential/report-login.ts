import { type CredentialObservation, credentialReportOf } from '../../engine/login/status/conditions.ts';
import { releaseDeadline } from '../../engine/login/status/finalizer-timeout.ts';
import type { LoginRecord } from '../../engine/secret/record/login-record.ts';
import { LockstepError } from '../../errors/errors.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import { loginEvents } from './events.ts';
import { type ReconcileInput, saveLoginRecord } from './reconcile-input.ts';

export async function saveAndEmit(
  input: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  deps: Deps<'clock' | 'emit' | 'workloads'>,
): Promise<void> {
  await saveLoginRecord(input, after);
  await emitLoginEvents(input, before, after, deps);
}

export async function emitLoginEvents(
  input: ReconcileInput,
  before: LoginRecord,
  after: LoginRecord,
  deps: Deps<'emit' | 'workloads'>,
): Promise<void> {
  for (const event of loginEvents(identityOf(input.observed), before, after))
    deps.emit(
      event.kind === 'change-completed'
        ? { ...event, outdated: await outdatedConsumers(input, deps) }
        : event,
    );
}

async function outdatedConsumers(
  { observed, permissions, session }: ReconcileInput,
  { workloads }: Deps<'workloads'>,
): Promise<readonly string[] | undefined> {
  if (!permissions.mayRestart) return undefined;
  try {
    return await workloads.outdated(observed.secret, session.record());
  } catch (error) {
    ignoreLockstepError(error);
    return undefined;
  }
}

export function reportStatus(
  { credential, session }: ReconcileInput,
  observation: CredentialObservation,
  deps: Deps<'credentials' | 'clock' | 'emit'>,
): void {
  const deletedAt = deps.credentials.finalizer.deletedAt(credential);
  const report = credentialReportOf(
    credential,
    session.record(),
    observation,
    deps.clock.now(),
    deletedAt && releaseDeadline(deletedAt),
  );
  if (report !== undefined) deps.emit({ kind: 'credential-status', credential, report });
}

export function ignoreLockstepError(error: unknown): void {
  if (!(error instanceof LockstepError)) throw error;
}
