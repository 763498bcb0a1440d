import { policySuffix } from '../../engine/finding/finding.ts';
import type { CheckError, CheckedObject, CheckedSecret, CheckReport } from '../check-report.ts';
import { escapeXml, junitXml, quotedAttribute, type TestCase, testcaseElement } from '../junit-xml.ts';
import { printable } from '../printable.ts';
import { objectRemarksOf, type Remark, remarksOf } from '../wording.ts';
import type { Reporter } from './reporter.ts';

/** JUnit XML as GitLab, Jenkins and Azure read it. A file is a suite; a Secret or an error is a case. */
export const junit: Reporter = ({ secrets, objects, errors }: CheckReport, { strict }) => {
  const cases = [
    ...errors.map((error) => ({ file: error.file, ...errorCase(error) })),
    ...secrets.map((secret) => ({ file: secret.file, ...secretCase(secret, strict) })),
    ...objects.map((object) => ({ file: object.file, ...objectCase(object, strict) })),
  ];
  return junitXml('lockstep check', cases);
};

function secretCase(secret: CheckedSecret, strict: boolean): TestCase {
  const { file, ref, line, verdict } = secret;
  const remarks = remarksOf(secret, strict);
  const faults = remarks.filter(({ level }) => level === 'error');
  const others = remarks.filter(({ level }) => level !== 'error');
  const children = [
    ...failureElement(file, faults),
    ...(verdict === 'skip' && faults.length === 0 ? [skippedElement(secret)] : []),
    ...(others.length > 0 ? [`      <system-out>${escapeXml(remarkText(file, others))}</system-out>`] : []),
  ];
  const outcome = faults.length > 0 ? 'failure' : verdict === 'skip' ? 'skipped' : 'passed';
  return { outcome, xml: testcaseElement(file, `Secret ${ref}`, line, children) };
}

function objectCase(object: CheckedObject, strict: boolean): TestCase {
  const { kind, ref, file, line } = object;
  const remarks = objectRemarksOf(object, strict);
  const children = strict
    ? failureElement(file, remarks)
    : [`      <system-out>${escapeXml(remarkText(file, remarks))}</system-out>`];
  const outcome = strict ? 'failure' : 'passed';
  return { outcome, xml: testcaseElement(file, `${kind} ${ref}`, line, children) };
}

const skippedElement = ({ skipReason }: CheckedSecret): string =>
  skipReason === undefined
    ? '      <skipped/>'
    : `      <skipped message=${quotedAttribute(`not validated, ${skipReason}`)}/>`;

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
    .map(({ level, rule, policy, text, fix, line, column }) =>
      [`${file}:${line}:${column}`, level, `${text} [${rule}]${policySuffix(policy)}`, fix].join(': '),
    )
    .map(printable)
    .join('\n');

function errorCase({ file, line, message, rule }: CheckError): TestCase {
  const children = [`      <error message=${quotedAttribute(message)}/>`];
  const name = rule === 'login' ? 'can be tried' : 'can be read';
  return { outcome: 'error', xml: testcaseElement(file, name, line, children) };
}
