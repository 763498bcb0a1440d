import { printable } from '../printable.ts';

export interface TestCase {
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped';
  readonly xml: string;
}

/** JUnit XML as GitLab, Jenkins and Azure read it. Each file is a suite. */
export function junitXml(name: string, cases: readonly (TestCase & { readonly file: string })[]): string {
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

export function testcaseElement(
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

export const quotedAttribute = (text: string): string => `"${escapeXml(printable(text))}"`;

/** The text is printable already, except for the newline between two findings. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
