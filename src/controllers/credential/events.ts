import { strategyOf } from '../../engine/login/server-kinds/login-roles.ts';
import { changeResult } from '../../engine/secret/record/change-result.ts';
import type { LoginChange, LoginRecord } from '../../engine/secret/record/login-record.ts';
import type { DomainEvent, SecretIdentity } from '../domain-event.ts';
import type { ObservedSecret } from '../ports.ts';

export const passwordSet = (
  { observed: { secret } }: { readonly observed: ObservedSecret },
  change: LoginChange,
): DomainEvent => ({
  kind: 'password-set',
  secret: { namespace: secret.namespace, name: secret.name },
  change: {
    cause: change.cause,
    strategy: strategyOf(change),
    isRollingBack: change.fault !== undefined,
  },
});

/** The events after the record of a login has changed from `before` to `after`. */
export function loginEvents(
  secret: SecretIdentity,
  before: LoginRecord,
  after: LoginRecord,
): readonly DomainEvent[] {
  if (before === after) return [];
  const turningPoint =
    changeStarted(secret, before, after) ??
    rollbackStarted(secret, before, after) ??
    changeEnded(secret, before, after) ??
    divergenceChanged(secret, before, after);
  return [changeFinished(secret, before, after), turningPoint].filter((event) => event !== undefined);
}

function changeFinished(
  secret: SecretIdentity,
  before: LoginRecord,
  after: LoginRecord,
): DomainEvent | undefined {
  const result = changeResult(before, after);
  if (before.change === undefined || result === undefined) return undefined;
  return { kind: 'change-finished', secret, cause: before.change.cause, result };
}

function changeStarted(
  secret: SecretIdentity,
  before: LoginRecord,
  { change }: LoginRecord,
): DomainEvent | undefined {
  if (change === undefined || before.change?.id === change.id) return undefined;
  return { kind: 'change-started', secret, id: change.id, cause: change.cause };
}

function rollbackStarted(
  secret: SecretIdentity,
  before: LoginRecord,
  { change }: LoginRecord,
): DomainEvent | undefined {
  if (change?.fault === undefined || before.change?.fault !== undefined) return undefined;
  return { kind: 'change-rolled-back', secret, id: change.id, fault: change.fault };
}

function changeEnded(
  secret: SecretIdentity,
  before: LoginRecord,
  { change, failed, rotated }: LoginRecord,
): DomainEvent | undefined {
  if (before.change === undefined || change !== undefined) return undefined;
  const { id } = before.change;
  if (rotated !== before.rotated) return { kind: 'change-completed', secret, id };
  if (failed === undefined || failed === before.failed || failed.undone) return undefined;
  return { kind: 'change-refused', secret, id, reason: failed.reason };
}

function divergenceChanged(
  secret: SecretIdentity,
  before: LoginRecord,
  { diverged, failed }: LoginRecord,
): DomainEvent | undefined {
  if (diverged !== undefined && before.diverged?.reason !== diverged.reason)
    return { kind: 'login-diverged', secret, since: diverged.since, reason: diverged.reason };
  if (diverged === undefined && before.diverged !== undefined)
    return { kind: 'login-synced', secret, divergedSince: before.diverged.since };
  // The event of a rollback was emitted when the rollback started.
  if (failed === undefined || failed === before.failed || failed.undone) return undefined;
  return { kind: 'change-refused', secret, id: failed.time.toISOString(), reason: failed.reason };
}
