import type { PolicyTestResult } from './policy-test-text.ts';
import { policyTestText } from './policy-test-text.ts';

/** The forms in which `lockstep policy test` reports. */
export type PolicyTestFormat = 'text' | 'json';

/** The results of policy tests in the form that was asked for. */
export function policyTestReport(
  results: readonly PolicyTestResult[],
  format: PolicyTestFormat,
  colour: boolean,
): string {
  return format === 'text' ? policyTestText(results, colour) : json(results);
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
