import { toKubernetesTime } from '../../engine/secret/kubernetes/conditions.ts';
import type { ChangeReason, RollbackReason } from '../../engine/secret/record/record.ts';
import type { History, VersionInfo } from '../../engine/versions/history/history.ts';
import { inColumns, nameList } from '../lines.ts';
import { printable } from '../printable.ts';
import { loginLines } from './history-login.ts';

/**
 * The text for people:
 *
 *     Secret shop/app
 *         version  time                  by                   reason       keys
 *               6  2026-11-25T12:00:00Z  kubectl-edit         changed      POSTGRES_PASSWORD
 *       *       7  2026-11-25T12:00:01Z  lockstep-controller  healed       DATABASE_URL
 *     * is what the Secret holds
 */
export function historyText(history: History, isWide = false): string {
  const { namespace, name, versions } = history;
  const rows = [
    ['', 'version', 'time', 'by', 'reason', 'keys'],
    ...versions.map((version) => versionRow(version, isWide)),
  ];
  const table = inColumns(rows, { isNumber: (column) => column === 1 }).map((line) => `  ${line}`);
  return [`Secret ${namespace}/${name}`, ...table, ...remarkLines(history)]
    .map((line) => `${line}\n`)
    .join('');
}

const versionRow = (
  { isCurrent, number, time, by, why, keys }: VersionInfo,
  isWide: boolean,
): readonly string[] => [
  isCurrent ? '*' : '',
  String(number),
  toKubernetesTime(time),
  printable(by),
  whyText(why),
  nameList(keys, { isWide }),
];

export function whyText(why: ChangeReason): string {
  switch (why.kind) {
    case 'seen':
      return 'first seen';
    case 'rotated':
      return `rotated: ${why.step}`;
    case 'rolled-back':
      return rolledBackText(why);
    case 'login':
      return `password changed: ${why.cause}`;
    default:
      return why.kind;
  }
}

/** `rolled back to 4, forced`, `rolled back to 4, except DATABASE_URL` or `undone, back to 4` */
function rolledBackText({ to, undone, forced, except = [] }: RollbackReason): string {
  const exceptText = except.length === 0 ? '' : `, except ${nameList(except)}`;
  return `${undone === true ? 'undone, back' : 'rolled back'} to ${to}${forced === true ? ', forced' : ''}${exceptText}`;
}

function remarkLines(history: History): readonly string[] {
  const { namespace, name, versions, pending, unrecorded, deletedAt, formerOwner } = history;
  const wayBack =
    formerOwner === undefined
      ? `lockstep rollback ${namespace}/${name} creates it again`
      : `${printable(formerOwner)} wrote it, and must make it again`;
  const unrestorable = versions.filter(({ isRestorable }) => !isRestorable).map(({ number }) => number);
  return [
    ...(versions.some(({ isCurrent }) => isCurrent) ? ['* is what the Secret holds'] : []),
    ...(unrestorable.length === 0
      ? []
      : [`version ${unrestorable.join(', ')} can not be restored: the values were edited in the record`]),
    ...(unrecorded === undefined
      ? []
      : [
          `changed since by ${printable(unrecorded.by)} at ${toKubernetesTime(unrecorded.time)}, which is no version yet: ${nameList(unrecorded.keys)}`,
        ]),
    ...(pending === undefined
      ? []
      : [
          `version ${pending.number} has been begun by ${printable(pending.by)} at ${toKubernetesTime(pending.time)} (${whyText(pending.why)}), and is not written yet: ${nameList(pending.keys)}`,
        ]),
    ...rotationLines(history),
    ...rolloutLines(history),
    ...loginLines(history.logins),
    ...(deletedAt === undefined
      ? []
      : [`there has been no such Secret since ${toKubernetesTime(deletedAt)}: ${wayBack}`]),
  ];
}

const rotationLines = ({ rotations, requestedKeys }: History): readonly string[] => [
  ...[...rotations].map(
    ([key, { step, since }]) => `rotation of ${printable(key)}: ${step} since ${toKubernetesTime(since)}`,
  ),
  ...(requestedKeys.length === 0 ? [] : [`asked to be rotated: ${nameList(requestedKeys)}`]),
];

function rolloutLines({ rollout }: History): readonly string[] {
  if (rollout === undefined) return [];
  const { changes, done, current, stopped } = rollout;
  const what = `rollout of version ${changes.at(-1)?.number}`;
  if (stopped !== undefined)
    return [`${what} has stopped: ${printable(`${stopped.workload} ${stopped.reason}`)}`];
  const waiting =
    current === undefined
      ? ''
      : `, waiting for ${current.leftToReloader ? 'Reloader to restart ' : ''}${printable(current.workload)} since ${toKubernetesTime(current.since)}`;
  return [`${what} is under way: ${done.size} restarted${waiting}`];
}
