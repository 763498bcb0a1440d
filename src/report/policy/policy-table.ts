import type { Action } from '../../engine/finding/finding.ts';
import { isExpired, type Policy } from '../../engine/policy/policy.ts';
import { printable } from '../printable.ts';
import { matchText } from './match-text.ts';

/** Numbers of stored Secrets, as the controller wrote them into the status. */
export interface ListedCounts {
  readonly observedTime: string;
  readonly matched: number;
  readonly violating: number;
}

export interface ListedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
  readonly action: Action;
  /** Undefined if the cluster holds a version that can't be used. */
  readonly policy: Policy | undefined;
  /** Undefined if no controller has counted the Secrets of this version. */
  readonly counts: ListedCounts | undefined;
}

/** Columns as kubectl prints them. `wide` adds those that one seldom asks for. */
export function policyTable(policies: readonly ListedPolicy[], wide: boolean, now: Date): string {
  // Only a cluster has counts: files and built-in policies alone have no column for them.
  const isCounted = policies.some(({ source }) => source === 'cluster');
  const rows = policies.map((one) => [
    ...columnsOf(one),
    ...(isCounted ? countColumnsOf(one, now) : []),
    matchColumnOf(one),
    ...(wide ? wideColumnsOf(one, now) : []),
  ]);
  const headings = [
    ...HEADINGS,
    ...(isCounted ? COUNT_HEADINGS : []),
    'SECRETS',
    ...(wide ? WIDE_HEADINGS : []),
  ];
  return tableText([headings, ...rows]);
}

const HEADINGS = ['NAME', 'SOURCE', 'ACTION', 'PRECEDENCE', 'KEYS'];
const COUNT_HEADINGS = ['MATCHED', 'VIOLATING', 'COUNTED'];
const WIDE_HEADINGS = ['HEAL', 'RESTART', 'EXCEPTIONS'];

function columnsOf({ name, source, action, policy }: ListedPolicy): readonly string[] {
  if (policy === undefined) return [printable(name), source, 'none', '', ''];
  const keys = `${policy.keys.length}${policy.defaultEntry === undefined ? '' : ' + others'}`;
  return [name, source, action, `${policy.precedence}`, keys];
}

function countColumnsOf({ counts }: ListedPolicy, now: Date): readonly string[] {
  if (counts === undefined) return ['-', '-', '-'];
  return [`${counts.matched}`, `${counts.violating}`, ageText(counts.observedTime, now)];
}

const matchColumnOf = ({ policy }: ListedPolicy): string =>
  policy === undefined ? 'can not be used' : matchText(policy.match);

/** As kubectl prints the age of an object: `45s`, `12m`, `3h`, `5d`. */
function ageText(time: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 1000));
  if (Number.isNaN(seconds)) return '-';
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

function wideColumnsOf({ policy }: ListedPolicy, now: Date): readonly string[] {
  if (policy === undefined) return ['', '', ''];
  const expired = policy.exceptions.filter((one) => isExpired(one, now)).length;
  const exceptions = `${policy.exceptions.length}${expired === 0 ? '' : ` (${expired} expired)`}`;
  return [policy.heal, policy.restart ? 'yes' : 'no', exceptions];
}

/** Each column is as wide as its widest cell. Three blanks stand between two of them. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}
