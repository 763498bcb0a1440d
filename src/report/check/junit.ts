import { policySuffix } from '../../engine/secret/finding/finding.ts';
import type { CheckError, CheckedObject, CheckedSecret, CheckReport } from '../check-report.ts';
import type { FailureOptions } from '../failure.ts';
import { printable } from '../printable.ts';
import {
  acceptedBy,
  kindOf,
  type Remark,
  remarksOf,
  type SuppressedRemark,
  summaryLine,
  suppressedRemarksOf,
} from '../wording.ts';
import { hintsAndSkips, obsoleteText } from './hint-lines.ts';
import type { Reporter } from './reporter.ts';

/**
 * JUnit XML as GitLab, Jenkins and Azure read it. A file is a suite; a Secret or an error is a case. The last case says
 * what the run looked at and what it left out.
 */
export const junit: Reporter = (report: CheckReport, options) => {
  const { secrets, objects, errors, baseline } = report;
  const cases = [
    ...errors.map((error) => ({ file: error.file, ...errorCase(error) })),
    ...[...secrets, ...objects].map((one) => ({ file: one.file, ...checkedCase(one, options) })),
    ...obsoleteText(baseline).map((text) => textCase(baseline?.file ?? '', 'Baseline', [text])),
    textCase('.', 'Summary', [...hintsAndSkips(report), summaryLine(report)]),
  ];
  return junitXml('lockstep check', cases);
};

/** A test that only accepted findings keep from failing is skipped: it shows that something is left to do. */
function checkedCase(checked: CheckedSecret | CheckedObject, options: FailureOptions): TestCase {
  const { file, ref, line } = checked;
  const remarks = remarksOf(checked, options);
  const failures = remarks.filter(isFailure);
  const others = remarks.filter((remark) => !isFailure(remark));
  const accepted = suppressedRemarksOf(checked);
  const skipped = failures.length > 0 ? [] : skippedElement(checked, accepted);
  const children = [
    ...failureElement(file, failures),
    ...skipped,
    ...outputElement(file, [...others, ...accepted]),
  ];
  const outcome = failures.length > 0 ? 'failure' : skipped.length > 0 ? 'skipped' : 'passed';
  return { outcome, xml: testcaseElement(file, `${kindOf(checked)} ${ref}`, line, children) };
}

function textCase(
  file: string,
  name: string,
  lines: readonly string[],
): TestCase & { readonly file: string } {
  const text = lines.map(printable).join('\n');
  const children = [`      <system-out>${escapeXml(text)}</system-out>`];
  return { file, outcome: 'passed', xml: testcaseElement(file, name, undefined, children) };
}

/** The cluster refuses it, or the options of this run do. */
const isFailure = ({ level, fails }: Remark): boolean => level === 'error' || fails;

const outputElement = (file: string, remarks: readonly Remark[]): readonly string[] =>
  remarks.length === 0 ? [] : [`      <system-out>${escapeXml(remarkText(file, remarks))}</system-out>`];

function skippedElement(
  checked: CheckedSecret | CheckedObject,
  accepted: readonly SuppressedRemark[],
): readonly string[] {
  if ('verdict' in checked && checked.verdict === 'skip') {
    const { skipReason } = checked;
    return skipReason === undefined
      ? ['      <skipped/>']
      : [`      <skipped message=${quotedAttribute(`not validated, ${skipReason}`)}/>`];
  }
  const failing = accepted.filter(isFailure);
  if (failing.length === 0) return [];
  const reasons = new Set(failing.map(({ text, suppression }) => `${text}: ${acceptedBy(suppression)}`));
  return [`      <skipped message=${quotedAttribute([...reasons].join('; '))}/>`];
}

/** One element holds all failures, because some readers show only the first element. */
function failureElement(file: string, faults: readonly Remark[]): readonly string[] {
  const [first] = faults;
  if (first === undefined) return [];
  const message = faults.map(({ text }) => text).join('; ');
  return [
    `      <failure message=${quotedAttribute(message)} type=${quotedAttribute(first.rule)}>${escapeXml(remarkText(file, faults))}</failure>`,
  ];
}

const remarkText = (file: string, remarks: readonly Remark[]): string =>
  remarks
    .map(({ level, rule, policy, text, fix, line, column, suppression }) =>
      [
        `${file}:${line}:${column}`,
        level,
        `${text} [${rule}]${policySuffix(policy)}`,
        suppression === undefined ? fix : acceptedBy(suppression),
      ].join(': '),
    )
    .map(printable)
    .join('\n');

function errorCase({ file, line, message, rule }: CheckError): TestCase {
  const children = [`      <error message=${quotedAttribute(message)}/>`];
  const name = rule === 'login' ? 'can be tried' : 'can be read';
  return { outcome: 'error', xml: testcaseElement(file, name, line, children) };
}

interface TestCase {
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

/** JUnit XML as GitLab, Jenkins and Azure read it. Each file is a suite. */
function junitXml(name: string, cases: readonly (TestCase & { readonly file: string })[]): string {
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name=${quotedAttribute(name)}${countAttributes(cases)}>`,
    ...[...Map.groupBy(cases, ({ file }) => file)].flatMap(([file, each]) => [
      `  <testsuite name=${quotedAttribute(file)}${countAttributes(each)}>`,
      ...each.map(({ xml }) => xml),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
}

function testcaseElement(
  file: string,
  name: string,
  line: number | undefined,
  children: readonly string[],
): string {
  const at = line === undefined ? '' : ` line="${line}"`;
  const open = `    <testcase classname=${quotedAttribute(file)} name=${quotedAttribute(name)} file=${quotedAttribute(file)}${at}`;
  return children.length === 0 ? `${open}/>` : [`${open}>`, ...children, '    </testcase>'].join('\n');
}

function countAttributes(cases: readonly TestCase[]): string {
  const count = (counted: TestCase['outcome']): number =>
    cases.filter(({ outcome }) => outcome === counted).length;
  return ` tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

const quotedAttribute = (text: string): string => `"${escapeXml(printable(text))}"`;

/** The text is printable already, except for the newline between two findings. */
const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
