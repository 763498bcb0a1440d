import type { CheckError, CheckedSecret, CheckReport } from '../check-report.ts';
import { printable } from '../printable.ts';
import { type Remark, remarksOf } from '../wording.ts';
import type { Reporter } from './reporter.ts';

/** JUnit XML as GitLab, Jenkins and Azure read it: a suite for each file, a case for each Secret, and one for each error. */
export const junit: Reporter = ({ secrets, errors }: CheckReport, { strict }) => {
  const cases = [
    ...errors.map((error) => ({ file: error.file, ...caseOfError(error) })),
    ...secrets.map((secret) => ({ file: secret.file, ...caseOf(secret, strict) })),
  ];
  const suites = Map.groupBy(cases, ({ file }) => file);
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="lockstep check"${counts(cases)}>`,
    ...[...suites].flatMap(([file, each]) => [
      `  <testsuite name=${attribute(file)}${counts(each)}>`,
      ...each.map(({ xml }) => xml),
      '  </testsuite>',
    ]),
    '</testsuites>',
  ];
  return `${lines.join('\n')}\n`;
};

interface TestCase {
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

function caseOf(secret: CheckedSecret, strict: boolean): TestCase {
  const { file, ref, line, verdict } = secret;
  const remarks = remarksOf(secret, strict);
  const faults = remarks.filter(({ level }) => level === 'error');
  const others = remarks.filter(({ level }) => level !== 'error');
  const inside = [
    ...failureOf(file, faults),
    ...(verdict === 'skip' && faults.length === 0 ? ['      <skipped/>'] : []),
    ...(others.length > 0 ? [`      <system-out>${escaped(told(file, others))}</system-out>`] : []),
  ];
  const outcome = faults.length > 0 ? 'failure' : verdict === 'skip' ? 'skipped' : 'passed';
  return { outcome, xml: element(file, `Secret ${ref}`, line, inside) };
}

/** One element with all of them: some readers show only the first. */
function failureOf(file: string, faults: readonly Remark[]): readonly string[] {
  const [first] = faults;
  if (first === undefined) return [];
  const message = faults.map(({ text }) => text).join('; ');
  return [
    `      <failure message=${attribute(message)} type=${attribute(first.rule)}>${escaped(told(file, faults))}</failure>`,
  ];
}

const told = (file: string, remarks: readonly Remark[]): string =>
  remarks
    .map(
      ({ level, rule, text, fix, line, column }) =>
        `${file}:${line}:${column}: ${level}: ${text} [${rule}]: ${fix}`,
    )
    .map(printable)
    .join('\n');

function caseOfError({ file, line, message, rule }: CheckError): TestCase {
  const inside = [`      <error message=${attribute(message)}/>`];
  const name = rule === 'login' ? 'can be tried' : 'can be read';
  return { outcome: 'error', xml: element(file, name, line, inside) };
}

function element(file: string, name: string, line: number | undefined, inside: readonly string[]): string {
  const at = line === undefined ? '' : ` line="${line}"`;
  const open = `    <testcase classname=${attribute(file)} name=${attribute(name)} file=${attribute(file)}${at}`;
  return inside.length === 0 ? `${open}/>` : [`${open}>`, ...inside, '    </testcase>'].join('\n');
}

function counts(cases: readonly TestCase[]): string {
  const count = (wanted: TestCase['outcome']): number =>
    cases.filter(({ outcome }) => outcome === wanted).length;
  return ` tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
}

const attribute = (text: string): string => `"${escaped(printable(text))}"`;

/** What is escaped is printable already, but for the newline between two findings. */
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
