import type { CheckedSecret, CheckHint, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

/** One line for each kind of hint and each reason to skip a Secret, with the number of files or Secrets. */
export const hintLines = ({ secrets, hints }: CheckReport): readonly string[] => [
  ...[...Map.groupBy(hints, ({ kind }) => kind)].map(([kind, group]) => HINT_TEXTS[kind](group)),
  ...[...Map.groupBy(secrets, ({ skipReason }) => skipReason)].flatMap(([reason, group]) =>
    reason === undefined ? [] : skipText(reason, group),
  ),
];

type HintText = (group: readonly CheckHint[]) => string;

/** The number, the advice, and the first file as an example. */
const HINT_TEXTS: Readonly<Record<CheckHint['kind'], HintText>> = {
  kustomization: (group) =>
    `${plural(group.length, 'kustomization')}: kubectl kustomize ${targetOf(group)} | lockstep check -`,
  chart: (group) =>
    `${plural(group.length, 'chart template')}: helm template ${targetOf(group)} | lockstep check -`,
  'external-secret': (group) =>
    `${plural(group.length, 'file')} with an ExternalSecret: the webhook validates its Secret`,
  'no-manifest': (group) =>
    `${plural(group.length, 'file')} without valid YAML or a Secret: ${firstOf(group)}`,
  example: (group) => `${plural(group.length, 'example')} not checked, unless named: ${firstOf(group)}`,
  'ignored-rest': (group) =>
    `${plural(group.length, 'file')} with more behind "...", which kubectl ignores: ${firstOf(group)}`,
  'made-secret': (group) =>
    `${plural(group.length, 'Secret')} made in the cluster or by kustomize: ${firstAndOthers(group[0]?.target ?? '', group.slice(1))}`,
  'other-namespace': (group) =>
    `${plural(group.length, 'Secret')} only in another namespace, where no pod reads it: ${firstAndOthers(group[0]?.target ?? '', group.slice(1))}`,
  'unmatched-exclude': (group) =>
    `${plural(group.length, 'glob')} of --exclude matched no file: ${firstOf(group)}`,
};

const targetOf = ([first]: readonly CheckHint[]): string => printable(first?.target ?? '');

function firstOf([first, ...others]: readonly CheckHint[]): string {
  const { file = '', line } = first ?? {};
  return firstAndOthers(line === undefined ? file : `${file}:${line}`, others);
}

const skipText = (reason: string, [first, ...others]: readonly CheckedSecret[]): string =>
  `${plural(others.length + 1, 'Secret')} not validated, ${reason}: ${firstAndOthers(first?.ref ?? '', others)}`;

const firstAndOthers = (first: string, { length }: readonly unknown[]): string =>
  `${printable(first)}${length === 0 ? '' : `, and ${length} more`}`;
