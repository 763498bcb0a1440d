import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { containErrors } from '../../../src/errors/contained-work.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'helpers', 'controllers', 'uncaught-errors.ts');

t.test('an error in a handler of a socket ends the work on its object alone', async (t) => {
  const child = spawn(process.execPath, [PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  const [printed, [exitCode]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  t.same(printed.trimEnd().split('\n'), [
    'bad failed 1 times: the parser',
    'bad failed 2 times: the parser',
    'bad is done at attempt 3',
    // The process ends if no work has caused the error.
    'ended by a timer of ended work',
  ]);
  t.equal(exitCode, 2);
});

t.test('the result of contained work is that of the work', async (t) => {
  t.equal(await containErrors(async () => 1), 1);
  await t.rejects(
    containErrors(async () => {
      throw new Error('of the work');
    }),
    { message: 'of the work' },
  );
});
