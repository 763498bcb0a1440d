import { styleText } from 'node:util';
import type { Difference } from '../../engine/decide/policy-test-expectation.ts';
import { printable } from '../printable.ts';
import { plural } from '../wording.ts';

export interface TriedCase {
  readonly file: string;
  /** `file:line`. */
  readonly place: string;
  readonly name: string;
  readonly difference: Difference | undefined;
}

/**
 * As test runners do it, file by file:
 *
 *     policies/shop.test.yaml
 *       ok      a whole Secret is let in
 *       not ok  a placeholder is refused
 *               policies/shop.test.yaml:12, - expected, + got
 *               - verdict deny
 *               + verdict allow
 */
export function caseReport(cases: readonly TriedCase[], colour: boolean): string {
  const paint: Paint = (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
  const blocks = [...Map.groupBy(cases, ({ file }) => file)].map(([file, tried]) =>
    [paint('bold', printable(file)), ...tried.flatMap((one) => linesOf(one, paint))].join('\n'),
  );
  const wrong = cases.filter(({ difference }) => difference !== undefined).length;
  const counts = `${cases.length - wrong} ok${wrong === 0 ? '' : `, ${wrong} not ok`}`;
  const last = `${plural(cases.length, 'case')} in ${plural(blocks.length, 'file')}: ${counts}`;
  return `${[...blocks, paint(wrong === 0 ? 'green' : 'red', last)].join('\n\n')}\n`;
}

type Paint = (style: 'red' | 'green' | 'bold' | 'dim', text: string) => string;

const INDENT = ' '.repeat(10);

function linesOf({ name, place, difference }: TriedCase, paint: Paint): readonly string[] {
  if (difference === undefined) return [`  ${paint('green', 'ok')}      ${printable(name)}`];
  return [
    `  ${paint('red', 'not ok')}  ${printable(name)}`,
    `${INDENT}${paint('dim', `${printable(place)}: - expected, + got`)}`,
    ...difference.lacking.map((text) => `${INDENT}${paint('red', `- ${printable(text)}`)}`),
    ...difference.surplus.map((text) => `${INDENT}${paint('green', `+ ${printable(text)}`)}`),
  ];
}
