import { escapeXml, junitXml, quotedAttribute, testcaseElement } from '../junit-xml.ts';
import { printable } from '../printable.ts';
import type { PolicyTestFormat } from './policy-test-form-names.ts';
import type { PolicyTestResult } from './policy-test-text.ts';
import { policyTestText } from './policy-test-text.ts';

/** The results of policy tests in the form that was asked for. */
export function policyTestReport(
  results: readonly PolicyTestResult[],
  format: PolicyTestFormat,
  colour: boolean,
): string {
  switch (format) {
    case 'text':
      return policyTestText(results, colour);
    case 'json':
      return json(results);
    case 'junit':
      return junitXml(
        'lockstep policy test',
        results.map((result) => ({ file: result.file, ...junitCase(result) })),
      );
  }
}

const json = (results: readonly PolicyTestResult[]): string => {
  const cases = results.map(({ file, line, name, difference }) => ({
    file,
    line,
    name,
    ok: difference === undefined,
    missing: difference?.missing ?? [],
    unexpected: difference?.unexpected ?? [],
  }));
  return `${JSON.stringify({ cases }, null, 2)}\n`;
};

function junitCase({ file, line, name, difference }: PolicyTestResult) {
  if (difference === undefined)
    return { outcome: 'passed', xml: testcaseElement(file, name, line, []) } as const;
  const lines = [
    ...difference.missing.map((text) => `- ${text}`),
    ...difference.unexpected.map((text) => `+ ${text}`),
  ].map(printable);
  const failure = `      <failure message=${quotedAttribute('is not as expected')} type="expectation">${escapeXml(lines.join('\n'))}</failure>`;
  return { outcome: 'failure', xml: testcaseElement(file, name, line, [failure]) } as const;
}
