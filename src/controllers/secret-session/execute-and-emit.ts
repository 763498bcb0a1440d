import { latestVersion } from '../../engine/secret/record/record.ts';
import type { NextSecretWrite } from '../../engine/versions/reconcile/next-write.ts';
import { LockstepError } from '../../errors/errors.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from './open.ts';

type ControllerWrite = Pick<NextSecretWrite, 'data' | 'why' | 'note'> &
  Partial<Pick<NextSecretWrite, 'record' | 'by'>>;

/** Executes a write of the controller. The event has the number of the new version. */
export async function executeAndEmit(
  session: SecretSession,
  { record = session.record(), note, ...write }: ControllerWrite,
  { emit }: Deps<'emit'>,
): Promise<void> {
  const stored = await session.execute({ ...write, record });
  const { number: version } = latestVersion(session.record());
  emit({ kind: 'secret-written', secret: identityOf(stored), why: write.why, version, note });
}

/** The message if a policy or a webhook refuses the write, or another of these codes is its end. */
export async function refusalOf(
  write: Promise<void>,
  codes: readonly string[] = ['LOCKSTEP_SECRET_REFUSED'],
): Promise<string | undefined> {
  try {
    await write;
    return undefined;
  } catch (error) {
    if (error instanceof LockstepError && codes.includes(error.code)) return error.message;
    throw error;
  }
}
