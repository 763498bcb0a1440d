import { shellQuote } from '../../engine/diagnosis/secret-checks/commands.ts';
import { denies } from '../../engine/secret/finding/finding.ts';
import type { BaselineReport, CheckedSecret, CheckHint, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { plural, suppressedRemarksOf } from '../wording.ts';

/** One line for each kind of hint and each reason to skip a Secret, with the number of files or Secrets. */
export const hintLines = (report: CheckReport): readonly string[] => [
  ...acceptedLines(report),
  ...obsoleteText(report.baseline),
  ...hintsAndSkips(report),
];

/** The files and Secrets that the run left out, and what it says about others. */
export const hintsAndSkips = ({ secrets, hints }: CheckReport): readonly string[] => [
  ...hintGroups(hints).map(({ text }) => text),
  ...[...Map.groupBy(secrets, ({ skipReason }) => skipReason)].flatMap(([reason, group]) =>
    reason === undefined ? [] : skipText(reason, group),
  ),
];

export interface HintGroup {
  readonly kind: CheckHint['kind'];
  readonly text: string;
  readonly group: readonly CheckHint[];
}

export const hintGroups = (hints: readonly CheckHint[]): readonly HintGroup[] =>
  [...Map.groupBy(hints, ({ kind }) => kind)].map(([kind, group]) => ({
    kind,
    text: HINT_TEXTS[kind](group),
    group,
  }));

function acceptedLines({ secrets, objects }: CheckReport): readonly string[] {
  const places = [...secrets, ...objects].flatMap((checked) =>
    suppressedRemarksOf(checked).map(({ line, suppression }) => ({
      kind: suppression.kind,
      place: `${checked.file}:${line}`,
    })),
  );
  const refused = secrets.filter(({ suppressed = [] }) => suppressed.some(denies));
  const [first, ...others] = refused;
  return [
    ...[...Map.groupBy(places, ({ kind }) => kind)].map(
      ([kind, [{ place } = { place: '' }, ...more]]) =>
        `${plural(more.length + 1, 'finding')} accepted by ${kind === 'inSource' ? 'comments' : 'the baseline'}: ${firstAndOthers(place, more)}`,
    ),
    ...(first === undefined
      ? []
      : [
          `the cluster reads no comment and no baseline, and still refuses ${plural(refused.length, 'Secret')}: ${firstAndOthers(first.ref, others)}. An exception of the policy permits it there`,
        ]),
  ];
}

/** One sentence about the entries of the baseline without a finding, or none. */
export function obsoleteText(baseline: BaselineReport | undefined): readonly string[] {
  const [first, ...others] = baseline?.obsolete ?? [];
  if (baseline === undefined || first === undefined) return [];
  const { file, ref, key, rule } = first;
  const name = [ref, key, rule].filter((part) => part !== '').join(' ');
  return [
    `${others.length === 0 ? '1 entry' : `${others.length + 1} entries`} of ${printable(baseline.file)} without a finding: ${firstAndOthers(`${name} in ${file}`, others)}. --write-baseline removes ${others.length === 0 ? 'it' : 'them'}`,
  ];
}

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
  special: (group) =>
    `${plural(group.length, 'file')} not read, because it is a pipe, a device or a socket, or a link to one: ${firstOf(group)}`,
  'ignored-rest': (group) =>
    `${plural(group.length, 'file')} with more behind "...", which kubectl ignores: ${firstOf(group)}`,
  'made-secret': (group) =>
    `${plural(group.length, 'Secret')} made in the cluster or by kustomize: ${firstAndOthers(group[0]?.target ?? '', group.slice(1))}`,
  'other-namespace': (group) =>
    `${plural(group.length, 'Secret')} only in another namespace, where no pod reads it: ${firstAndOthers(group[0]?.target ?? '', group.slice(1))}`,
  'unmatched-exclude': (group) =>
    `${plural(group.length, 'glob')} of --exclude matched no file: ${firstOf(group)}`,
};

/** As a word of the command, which a person copies. */
const targetOf = ([first]: readonly CheckHint[]): string => shellQuote(printable(first?.target ?? ''));

function firstOf([first, ...others]: readonly CheckHint[]): string {
  const { file = '', line } = first ?? {};
  return firstAndOthers(line === undefined ? file : `${file}:${line}`, others);
}

const skipText = (reason: string, [first, ...others]: readonly CheckedSecret[]): string =>
  `${plural(others.length + 1, 'Secret')} not validated, ${reason}: ${firstAndOthers(first?.ref ?? '', others)}`;

const firstAndOthers = (first: string, { length }: readonly unknown[]): string =>
  `${printable(first)}${length === 0 ? '' : `, and ${length} more`}`;
