import type { ChangeReason, RollbackReason } from '../../engine/secret/record/record.ts';
import type { History, VersionInfo } from '../../engine/versions/history/history.ts';
import { loginJson } from './history-login.ts';

/** The JSON that docs/reference/history.md describes. Times are texts in UTC; an absent value is null. */
export function historyObject(history: History): object {
  const {
    namespace,
    name,
    versions,
    pending,
    unrecorded,
    rotations,
    requestedKeys,
    rollout,
    logins: [login, ...otherLogins],
    deletedAt,
  } = history;
  return {
    namespace,
    name,
    versions: versions.map(versionJson),
    pending: pending === undefined ? null : versionJson(pending),
    unrecorded: unrecorded ?? null,
    rotations: [...rotations].map(([key, { step, since }]) => ({ key, step, since })),
    requested: requestedKeys,
    rollout: rollout === undefined ? null : rolloutJson(rollout),
    login: login === undefined ? null : loginJson(login),
    otherLogins: otherLogins.map(loginJson),
    deletedAt: deletedAt ?? null,
  };
}

const versionJson = ({ number, time, by, why, keys, isCurrent, isRestorable }: VersionInfo) => ({
  version: number,
  time,
  by,
  reason: REASONS[why.kind],
  ...(why.kind === 'rolled-back' ? rollbackJson(why) : {}),
  ...(why.kind === 'rotated' ? { step: why.step } : {}),
  ...(why.kind === 'login' ? { cause: why.cause } : {}),
  keys,
  current: isCurrent,
  restorable: isRestorable,
});

/** The same words as in the table for people. */
const REASONS: Readonly<Record<ChangeReason['kind'], string>> = {
  seen: 'first-seen',
  changed: 'changed',
  healed: 'healed',
  generated: 'generated',
  rotated: 'rotated',
  'rolled-back': 'rolled-back',
  login: 'password-changed',
};

const rollbackJson = ({ to, undone, forced, except = [] }: RollbackReason) => ({
  to,
  undone: undone === true,
  forced: forced === true,
  except,
});

const rolloutJson = ({ changes, done, current, stopped }: NonNullable<History['rollout']>) => ({
  version: changes.at(-1)?.number,
  done: [...done.keys()],
  waitingFor: current?.workload ?? null,
  stopped: stopped ?? null,
});
