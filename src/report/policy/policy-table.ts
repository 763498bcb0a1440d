import { isExpired, type Policy } from '../../engine/policy/policy.ts';
import type { Action } from '../../engine/secret/finding/finding.ts';
import { inColumns } from '../lines.ts';
import { printable } from '../printable.ts';
import { matchText } from './match-text.ts';

export interface ListedPolicy {
  readonly name: string;
  readonly source: 'built-in' | 'cluster' | 'file';
  readonly action: Action;
  /** Undefined if the cluster holds a version that can't be used. */
  readonly policy: Policy | undefined;
}

/** Columns as kubectl prints them. `wide` adds those that one seldom asks for. */
export function policyTable(policies: readonly ListedPolicy[], wide: boolean, now: Date): string {
  const rows = policies.map((policy) => [
    ...columnsOf(policy),
    matchColumnOf(policy),
    ...(wide ? wideColumnsOf(policy, now) : []),
  ]);
  return tableText([[...HEADINGS, ...(wide ? WIDE_HEADINGS : [])], ...rows]);
}

const HEADINGS = ['NAME', 'SOURCE', 'ACTION', 'PRECEDENCE', 'KEYS', 'SECRETS'];
const WIDE_HEADINGS = ['HEAL', 'RESTART', 'EXCEPTIONS'];

function columnsOf({ name, source, action, policy }: ListedPolicy): readonly string[] {
  if (policy === undefined) return [printable(name), source, 'none', '', ''];
  const keys = `${policy.keys.length}${policy.defaultEntry === undefined ? '' : ' + others'}`;
  return [name, source, action, `${policy.precedence}`, keys];
}

const matchColumnOf = ({ policy }: ListedPolicy): string =>
  policy === undefined ? 'can not be used' : matchText(policy.match);

function wideColumnsOf({ policy }: ListedPolicy, now: Date): readonly string[] {
  if (policy === undefined) return ['', '', ''];
  const expired = policy.exceptions.filter((exception) => isExpired(exception, now)).length;
  const exceptions = `${policy.exceptions.length}${expired === 0 ? '' : ` (${expired} expired)`}`;
  return [policy.heal, policy.restart ? 'yes' : 'no', exceptions];
}

export const tableText = (rows: readonly (readonly string[])[]): string =>
  inColumns(rows, { gap: 3 })
    .map((line) => `${line}\n`)
    .join('');
