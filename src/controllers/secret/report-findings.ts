import { auditStored } from '../../engine/diagnosis/audit/stored.ts';
import { changedByLastWrite, overdueKeys } from '../../engine/versions/key-rotation/overdue.ts';
import { recordFindings } from '../../engine/versions/record-findings/record-findings.ts';
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
  const current =
    record &&
    withCurrentData(record, observed, { history: settings.history, restarts: permissions.mayRestart });
  const { findings } = auditStored(permissions, context, current).decision;
  const seen = current === undefined ? [] : recordFindings(permissions, current, context);
  emit({ kind: 'findings', secret: identityOf(observed), findings: [...findings, ...seen] });
  await clock.yieldToOthers();
  const keys = overdueKeys(
    permissions,
    record ?? changedByLastWrite(observed.secret, observed.written.time),
    clock.now(),
  );
  emit({ kind: 'keys-overdue', secret: identityOf(observed), keys });
}
