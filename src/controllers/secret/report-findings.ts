import { auditStored } from '../../engine/audit/stored.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { overdueKeys } from '../../engine/rotation/overdue.ts';
import { identityOf } from '../events/domain-event.ts';
import type { ObservedSecret } from '../ports.ts';
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
  const keys = overdueKeys(permissions, record ?? withoutRecord(observed), clock.now());
  emit({ kind: 'keys-overdue', secret: identityOf(observed), keys });
}

/** Without a record, only the time of the last write is known. No key is younger than that. */
const withoutRecord = ({
  secret: { data },
  written: { time },
}: ObservedSecret): Pick<SecretRecord, 'lastChanged'> => ({
  lastChanged: new Map([...data.keys()].map((key) => [key, time])),
});
