import { auditStored } from '../../engine/audit/stored.ts';
import { changedByLastWrite, overdueKeys } from '../../engine/rotation/overdue.ts';
import { identityOf } from '../domain-event.ts';
import type { Deps } from '../reconciler-deps.ts';
import { withCurrentData } from '../secret-session/execute.ts';
import type { SecretSnapshot } from '../secret-session/open.ts';

/** Reports the findings and the overdue keys of a Secret. Writes nothing. */
export async function reportFindings(
  { observed, lookup, permissions }: SecretSnapshot,
  { context, settings, clock, emit }: Deps<'context' | 'settings' | 'clock' | 'emit'>,
): Promise<void> {
  const record = lookup.kind === 'read' ? lookup.record : undefined;
  await clock.yieldToOthers();
  // Only a record with the current data shows drift.
  const current =
    record !== undefined && permissions.mayHeal
      ? withCurrentData(record, observed, { history: settings.history, restarts: permissions.mayRestart })
      : record;
  const { findings } = auditStored(permissions, context, current).decision;
  emit({ kind: 'findings', secret: identityOf(observed), findings });
  await clock.yieldToOthers();
  const keys = overdueKeys(
    permissions,
    record ?? changedByLastWrite(observed.secret, observed.written.time),
    clock.now(),
  );
  emit({ kind: 'keys-overdue', secret: identityOf(observed), keys });
}
