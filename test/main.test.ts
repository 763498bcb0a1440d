import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { entryPoint } from './testbed/lockstep/release.ts';

t.test('a reader of the output that is slow gets all of it', async (t) => {
  const note = 'x y '.repeat(256);
  const manifests = Array.from(
    { length: 300 },
    (_, number) =>
      `apiVersion: v1\nkind: Secret\nmetadata: { name: a-${number} }\nstringData:\n  NOTE: '${note}'\n`,
  ).join('---\n');
  const file = join(t.testdir({ 'secrets.yaml': manifests }), 'secrets.yaml');
  const [command, ...args] = [process.execPath, entryPoint(), 'render', file];
  // A pipe holds 64 KiB. The reader begins only when the command has filled it.
  const printed = execFileSync('/bin/sh', ['-c', '"$0" "$@" | (sleep 3; cat)', command, ...args], {
    encoding: 'utf8',
    maxBuffer: 8 * 1024 * 1024,
  });
  t.ok(printed.length > 128 * 1024, 'more than a pipe holds');
  t.equal(printed, manifests);
});
