import { auditStored } from '../../engine/audit/stored.ts';
import type { SecretRecord } from '../../engine/record/record.ts';
import { overdueKeys } from '../../engine/rotation/overdue.ts';
import type { ObservedSecret } from '../ports.ts';
import type { Deps } from '../reconciler-deps.ts';
import { withCurrentData } from '../secret-session/execute.ts';
import type { SecretSnapshot } from '../secret-session/open.ts';

/** Reports the findings and the overdue keys of a Secret. Writes nothing. */
export async function reportFindings(
  { observed, lookup, permissions }: SecretSnapshot,
  { context, settings, clock, reports }: Deps<'context' | 'settings' | 'clock' | 'reports'>,
): Promise<void> {
  const record = lookup.kind === 'read' ? lookup.record : undefined;
  await clock.yieldToOthers();
  // Only a record with the current data shows drift.
  const current =
    record !== undefined && permissions.mayHeal
      ? withCurrentData(record, observed, { history: settings.history, restarts: permissions.mayRestart })
      : record;
  reports.reportFindings(auditStored(permissions, context, current), observed);
  await clock.yieldToOthers();
  const overdue = overdueKeys(permissions, record ?? withoutRecord(observed), clock.now());
  reports.reportOverdueKeys(observed, overdue);
}

/** Without a record, only the time of the last write is known. No key is younger than that. */
const withoutRecord = ({
  secret: { data },
  written: { time },
}: ObservedSecret): Pick<SecretRecord, 'lastChanged'> => ({
  lastChanged: new Map([...data.keys()].map((key) => [key, time])),
});
