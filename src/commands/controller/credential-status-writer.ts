import type { CredentialStore } from '../../controllers/credential/store.ts';
import { type DesiredStatus, statusWriter } from '../../controllers/policy/status-writer.ts';
import { type CredentialCondition, statusAfter } from '../../engine/login/status/status.ts';
import type { EventReason } from '../../engine/secret/kubernetes/event-reasons.ts';
import { errorFields, isConflict } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { writeCredentialStatus } from '../../kube/objects/credentials.ts';
import type { Log } from '../../log.ts';
import { sleepUntilAborted } from '../../sleep.ts';
import { credentialReference, type RecordEvent } from '../pod/event-recorder.ts';

export interface CredentialStatusWriter {
  /** Call it after a possible change. */
  readonly wake: () => void;
}

/** Writes the result of each login into the status of its PostgresCredential. */
export function credentialStatusWriter(
  store: Pick<CredentialStore, 'reports'>,
  {
    cluster,
    log,
    recordEvent,
  }: { readonly cluster: Cluster; readonly log: Log; readonly recordEvent: RecordEvent },
  signal: AbortSignal,
): CredentialStatusWriter {
  const desired = (): readonly DesiredStatus[] =>
    store.reports().map(({ stored, report }) => {
      const status = statusAfter(stored.status, report, new Date());
      return {
        name: `${stored.namespace}/${stored.name}`,
        isStored: status === undefined,
        content: `${stored.uid} ${JSON.stringify(report)}`,
        write: async () => {
          if (status === undefined) return;
          await writeCredentialStatus(cluster, stored, status);
          const event = readyEventOf(stored.status, report.generation, report.conditions);
          if (event !== undefined) await recordEvent({ ...event, regarding: credentialReference(stored) });
        },
      };
    });
  return statusWriter(
    {
      desired,
      isConflict,
      onError: (error) => {
        if (error === undefined) log.info('the status of PostgresCredentials is written again');
        else log.warn('the status of a PostgresCredential can not be written', errorFields(error));
      },
      random: Math.random,
      sleep: sleepUntilAborted,
    },
    signal,
  );
}

/** An Event about a PostgresCredential that became ready, or is no longer ready. */
export interface CredentialEvent {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal for the same fact. */
  readonly identity: string;
}

/**
 * The Event for a status that replaces `before`, whatever that holds. Undefined if the condition Ready is the same.
 *
 * @internal Exported for tests.
 */
export function readyEventOf(
  before: unknown,
  generation: number,
  conditions: readonly CredentialCondition[],
): CredentialEvent | undefined {
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready === undefined) return undefined;
  const stored = (before ?? {}) as { readonly conditions?: unknown };
  const known: readonly Partial<CredentialCondition | null>[] = Array.isArray(stored.conditions)
    ? stored.conditions
    : [];
  const last = known.find((one) => one?.type === 'Ready');
  if (last?.status === ready.status && last.reason === ready.reason) return undefined;
  return {
    reason: ready.status === 'True' ? 'CredentialReady' : 'CredentialNotReady',
    note: `${ready.reason}: ${ready.message}`,
    identity: `${generation} ${ready.reason} ${last?.reason ?? ''}`,
  };
}
