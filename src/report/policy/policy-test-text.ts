import type { Difference } from '../../engine/review/decide/policy-test-expectation.ts';
import { type Paint, paintIf } from '../paint.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

export interface PolicyTestResult {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly difference: Difference | undefined;
}

/**
 * The result of policy tests by file, in the style of test runners:
 *
 *     policies/shop.test.yaml
 *       ok      a whole Secret is let in
 *       not ok  a placeholder is refused
 *               policies/shop.test.yaml:12, - expected, + got
 *               - verdict deny
 *               + verdict allow
 */
function policyTestText(cases: readonly PolicyTestResult[], colour: boolean): string {
  const paint = paintIf(colour);
  const blocks = [...Map.groupBy(cases, ({ file }) => file)].map(([file, results]) =>
    [paint('bold', printable(file)), ...results.flatMap((result) => resultLines(result, paint))].join('\n'),
  );
  const failedCount = cases.filter(({ difference }) => difference !== undefined).length;
  const counts = `${cases.length - failedCount} ok${failedCount === 0 ? '' : `, ${failedCount} not ok`}`;
  const last = `${plural(cases.length, 'case')} in ${plural(blocks.length, 'file')}: ${counts}`;
  return `${[...blocks, paint(failedCount === 0 ? 'green' : 'red', last)].join('\n\n')}\n`;
}

const INDENT = ' '.repeat(10);

function resultLines({ file, line, name, difference }: PolicyTestResult, paint: Paint): readonly string[] {
  if (difference === undefined) return [`  ${paint('green', 'ok')}      ${printable(name)}`];
  return [
    `  ${paint('red', 'not ok')}  ${printable(name)}`,
    `${INDENT}${paint('dim', `${printable(file)}:${line}: - expected, + got`)}`,
    ...difference.missing.map((text) => `${INDENT}${paint('red', `- ${printable(text)}`)}`),
    ...difference.unexpected.map((text) => `${INDENT}${paint('green', `+ ${printable(text)}`)}`),
  ];
}

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
