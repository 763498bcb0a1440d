import type { NextSecretWrite } from '../../engine/reconcile/next-write.ts';
import { latestVersion } from '../../engine/record/record.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import type { SecretSession } from './open.ts';

/** Executes a write of the controller. The event has the number of the new version. */
export async function executeAndEmit(
  session: SecretSession,
  write: Omit<NextSecretWrite, 'kind'>,
  { emit }: Deps<'emit'>,
): Promise<void> {
  const stored = await session.execute(write);
  const { number: version } = latestVersion(session.record());
  const { why, note } = write;
  emit({ kind: 'secret-written', secret: identityOf(stored), why, version, note });
}
