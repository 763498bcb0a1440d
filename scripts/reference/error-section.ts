import { ERRORS } from '../../src/errors/table.ts';
import { code, table } from './table.ts';

interface ErrorText {
  readonly http?: number;
  readonly exit?: number;
}

/** Each error code. The sentence and its cause are in docs/reference/errors.md, which a test compares with the code. */
export const errorSection = (): string =>
  [
    '## Error codes\n',
    '[The sentence of each, and what leads to it](errors.md).\n',
    table(
      ['code', 'answered or ended with'],
      Object.entries<ErrorText>(ERRORS).map(([name, { http, exit }]) => [
        code(`LOCKSTEP_${name}`),
        http === undefined ? `exit code ${exit}` : `HTTP ${http}`,
      ]),
    ),
  ].join('\n');
