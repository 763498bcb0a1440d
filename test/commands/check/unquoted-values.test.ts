import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { FORMATS } from '../../../src/report/check/formats.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';

/** Where YAML expects a value, `X` stands for a password that somebody typed without quotes. */
const TYPED = [
  ...[
    '*X',
    '&X',
    '!X',
    '!!X',
    '!X y',
    '!<X> y',
    '%X',
    '@X',
    '`X',
    '|X',
    '>X',
    '- X',
    '? X',
    ': X',
    '#X',
    ',X',
  ],
  ...[
    '{X',
    '[X',
    '{X}',
    '[X]',
    '"X',
    "'X",
    '"X" y',
    "'X' y",
    'X: y',
    'y: X: z',
    '*X y',
    '&X *X',
    '&X\n  B: *Y',
  ],
  ...['"\\X"', '"\\xX"', '"\\uX"', '\tX', 'X\n Y', '---X', '...X', '\u0000X', 'X\u0007', '\ufeffX'],
];

t.test('repeats no value that has to be quoted, in any output', async (t) => {
  const file = join(t.testdir(), 'app.yaml');
  for (const typed of TYPED)
    for (const field of ['stringData', 'data']) {
      const canary = aCanary();
      const search = canarySearcher([canary]);
      const value = typed.replace(/X/g, canary);
      const text = `apiVersion: v1\nkind: Secret\nmetadata: { name: reconciliation-secrets }\n${field}:\n  PASSWORD: ${value}\n`;
      writeFileSync(file, text);
      for (const args of [
        ...FORMATS.map((format) => ['check', '--format', format, file]),
        ['generate', '--policy', 'reconciliation', '--into', file],
        ['generate', '--policy', 'reconciliation', '--into', file, '--replace-placeholders'],
        ['policy', 'test', file],
        ['check', '--policy', file, file],
      ]) {
        const shell = aShell();
        await run(args, shell);
        const { stdout, stderr } = shell.printed;
        t.same(
          search(`${stdout}\n${stderr}`),
          [],
          `${args.join(' ')} of ${JSON.stringify(typed)} in ${field}`,
        );
        writeFileSync(file, text);
      }
    }
});
