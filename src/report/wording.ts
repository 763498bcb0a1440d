import { IGNORE_COMMENT } from '../engine/review/rules/manifest-rules.ts';
import type { Action } from '../engine/secret/finding/finding.ts';
import type {
  CheckChange,
  CheckedObject,
  CheckedSecret,
  CheckFinding,
  CheckReport,
  Suppression,
} from './check-report.ts';
import {
  changeFails,
  type FailureOptions,
  findingFails,
  isStrictFault,
  objectFindingFails,
} from './failure.ts';
import { printable } from './printable.ts';

/** The severity, in the words of compilers. */
export type Level = 'error' | 'warning' | 'note';

const LEVEL_BY_ACTION: Readonly<Record<Action, Level>> = {
  Enforce: 'error',
  Warn: 'warning',
  Audit: 'note',
};

/** One result for a Secret, independent of the format. */
export interface Remark {
  readonly level: Level;
  readonly rule: string;
  readonly policy: string | undefined;
  /** `JWT_SECRET is a placeholder`; one line. */
  readonly text: string;
  /** The fix; one line. */
  readonly fix: string;
  /** The end of the fix, if it is a command for all such keys of the file. */
  readonly command?: string | undefined;
  readonly key: string;
  readonly line: number;
  readonly column: number;
  /** It gives exit code 1. */
  readonly fails: boolean;
  /** A person has accepted it. */
  readonly suppression?: Suppression;
}

/**
 * Findings and changes that nobody has accepted, in the order of the file. With `strict`, a value that lockstep would
 * correct is an error too, and so is a missing reference.
 */
export const remarksOf = (
  checked: CheckedSecret | CheckedObject,
  options: FailureOptions,
): readonly Remark[] =>
  [
    ...checked.findings.map((finding) => findingRemark(finding, checked, options)),
    ...changesOf(checked)
      .filter(({ suppression }) => suppression === undefined)
      .map((change) => changeRemark(change, options, checked.file)),
  ].sort(inOrderOfFile);

const changesOf = (checked: CheckedSecret | CheckedObject): readonly CheckChange[] =>
  'kind' in checked ? [] : checked.changes;

export const kindOf = (checked: CheckedSecret | CheckedObject): string =>
  'kind' in checked ? checked.kind : 'Secret';

/** A remark that a person has accepted. */
export interface SuppressedRemark extends Remark {
  readonly suppression: Suppression;
}

/** Findings and changes that a person has accepted, in the order of the file. None of them fails the check. */
export function suppressedRemarksOf(checked: CheckedSecret | CheckedObject): readonly SuppressedRemark[] {
  const ofFindings = (checked.suppressed ?? []).map(({ suppression, ...finding }) => ({
    ...findingRemark(finding, checked, NOT_FAILING),
    suppression,
  }));
  const ofChanges = changesOf(checked).flatMap(({ suppression, ...change }) =>
    suppression === undefined ? [] : [{ ...changeRemark(change, NOT_FAILING, checked.file), suppression }],
  );
  return [...ofFindings, ...ofChanges].sort(inOrderOfFile);
}

/** `accepted by the baseline: OPS-412` */
export function acceptedBy({ kind, reason }: Suppression): string {
  const by = kind === 'inSource' ? 'accepted by a comment' : 'accepted by the baseline';
  return reason === undefined ? by : `${by}: ${printable(reason)}`;
}

const NOT_FAILING: FailureOptions = { strict: false, failOn: 'Never' };

const inOrderOfFile = (a: Remark, b: Remark): number => a.line - b.line || a.column - b.column;

/** The author of a policy may write a whole sentence as the message of a rule in CEL. */
export const faultText = ({ rule, key, message }: Pick<CheckFinding, 'rule' | 'key' | 'message'>): string =>
  printable(`${key === '' ? 'the Secret' : key}${rule === 'validation' ? ':' : ''} ${message}`);

function findingRemark(
  finding: CheckFinding,
  checked: CheckedSecret | CheckedObject,
  options: FailureOptions,
): Remark {
  const { action, rule, policy, key, message, fix, command, line, column } = finding;
  const isOfObject = 'kind' in checked;
  return {
    level: isOfObject && isStrictFault(finding, options) ? 'error' : LEVEL_BY_ACTION[action],
    rule,
    policy: policy && printable(policy),
    text: isOfObject ? printable(message) : faultText({ rule, key, message }),
    fix: printable(fix),
    command,
    key,
    line,
    column,
    fails: (isOfObject ? objectFindingFails : findingFails)(finding, options),
  };
}

function changeRemark(change: CheckChange, options: FailureOptions, file: string): Remark {
  const { key, reason, line, column } = change;
  const generated = reason === 'required' || reason === 'empty';
  return {
    level: options.strict ? 'error' : 'note',
    rule: reason,
    policy: undefined,
    text: printable(`lockstep will ${changeIntention(change)}`),
    fix: generated ? 'nothing to do: it is made when the Secret is created' : renderFix(file),
    key,
    line,
    column,
    fails: changeFails(change, options),
  };
}

const renderFix = (file: string): string =>
  file === '-' ? 'pipe the manifests through lockstep render - as well' : 'run lockstep render';

/** `correct DATABASE_URL: password now follows POSTGRES_PASSWORD` */
export const changeIntention = ({
  key,
  reason,
  effect,
}: Pick<CheckChange, 'key' | 'reason' | 'effect'>): string => {
  if (reason === 'required' || reason === 'empty') return `generate ${key}`;
  return `${reason === 'derived' ? 'add' : 'correct'} ${key}: ${effect}`;
};

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** The findings about other objects than Secrets, by their rule: `2 missing references`. */
export function objectCounts(
  objects: readonly { readonly findings: readonly { readonly rule: string }[] }[],
): readonly string[] {
  const findings = objects.flatMap((object) => object.findings);
  return [...Map.groupBy(findings, ({ rule }) => rule)].map(([rule, { length }]) =>
    plural(length, OBJECT_RULES[rule] ?? rule),
  );
}

const OBJECT_RULES: Readonly<Record<string, string>> = {
  'missing-reference': 'missing reference',
  'plain-text-password': 'plain-text password',
  'unescaped-expansion': 'unescaped expansion',
  [IGNORE_COMMENT]: 'ineffective ignore comment',
};

/** The last line: `4 Secrets in 2 of 9 files: 1 denied, 1 mutated, 2 allowed; 3 findings accepted`. */
export function summaryLine({
  secrets,
  objects,
  errors,
  files: all,
}: Pick<CheckReport, 'secrets' | 'objects' | 'errors' | 'files'>): string {
  const files = new Set(secrets.map(({ file }) => file)).size;
  const byVerdict = Map.groupBy(secrets, ({ verdict }) => verdict);
  const verdicts = (['deny', 'fix', 'allow', 'skip'] as const).flatMap((verdict) => {
    const { length = 0 } = byVerdict.get(verdict) ?? [];
    return length === 0 ? [] : `${length} ${VERDICT_WORDS[verdict]}`;
  });
  const secretsText =
    secrets.length === 0
      ? `no Secret was found${all === undefined ? '' : ` in ${plural(all, 'file')}`}`
      : `${plural(secrets.length, 'Secret')} in ${all === undefined || all <= files ? '' : `${files} of `}${plural(Math.max(all ?? 0, files), 'file')}: ${verdicts.join(', ')}`;
  const untriedLogins = errors.filter(({ rule }) => rule === 'login').length;
  const readErrors = errors.length - untriedLogins;
  const accepted = [...secrets, ...objects].flatMap(suppressedRemarksOf).length;
  return [
    secretsText,
    ...objectCounts(objects),
    ...(accepted === 0 ? [] : [`${plural(accepted, 'finding')} accepted`]),
    ...(readErrors === 0 ? [] : [`${plural(readErrors, 'error')} in reading`]),
    ...(untriedLogins === 0 ? [] : [`${plural(untriedLogins, 'login')} not tried`]),
  ].join('; ');
}

const VERDICT_WORDS = { deny: 'denied', fix: 'mutated', allow: 'allowed', skip: 'skipped' } as const;
