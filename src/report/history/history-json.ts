import type { History, ToldVersion } from '../../engine/history/history.ts';
import type { RolledBack, Why } from '../../engine/record/record.ts';
import { loginJson } from './history-login.ts';

/** For programs; docs/history.md describes it. Times are texts in UTC; what there is none of is null. */
export function historyJson(history: History): string {
  const { namespace, name, versions, pending, unrecorded, rotations, asked, rollout, login, gone } = history;
  const report = {
    namespace,
    name,
    versions: versions.map(versionOf),
    pending: pending === undefined ? null : versionOf(pending),
    unrecorded: unrecorded ?? null,
    rotations: [...rotations].map(([key, { step, since }]) => ({ key, step, since })),
    requested: asked,
    rollout: rollout === undefined ? null : rolloutOf(rollout),
    login: login === undefined ? null : loginJson(login),
    deletedAt: gone ?? null,
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

const versionOf = ({ number, time, by, why, keys, isCurrent, isRestorable }: ToldVersion) => ({
  version: number,
  time,
  by,
  reason: REASONS[why.kind],
  ...(why.kind === 'rolled-back' ? rolledBack(why) : {}),
  ...(why.kind === 'rotated' ? { step: why.step } : {}),
  ...(why.kind === 'login' ? { cause: why.cause } : {}),
  keys,
  current: isCurrent,
  restorable: isRestorable,
});

/** As the table for people calls them. */
const REASONS: Readonly<Record<Why['kind'], string>> = {
  seen: 'first-seen',
  changed: 'changed',
  healed: 'healed',
  generated: 'generated',
  rotated: 'rotated',
  'rolled-back': 'rolled-back',
  login: 'password-changed',
};

const rolledBack = ({ to, forced, except = [] }: RolledBack) => ({ to, forced: forced === true, except });

const rolloutOf = ({ changes, done, current, stopped }: NonNullable<History['rollout']>) => ({
  version: changes.at(-1)?.number,
  done: [...done.keys()],
  waitingFor: current?.workload ?? null,
  stopped: stopped ?? null,
});
