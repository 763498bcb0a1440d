import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { ROOT, start } from '../../helpers/cluster/lockstep.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';

/** Imitates a fault in a library whose message quotes its input. */
const FAULTS: Readonly<Record<string, string>> = {
  'an error': "throw new TypeError('can not test ' + text)",
  'something that is no error': "throw 'thrown: ' + text",
  'an error outside of any call': "process.nextTick(() => { throw new Error('late: ' + text); })",
  'a rejection that nobody awaits': "void Promise.reject(new RangeError('lost: ' + text))",
};

/** Every pattern that is tested on the value throws. */
const sabotage = (canary: string, fault: string): string => `
  const { test } = RegExp.prototype;
  RegExp.prototype.test = function (text) {
    if (String(text).includes(${JSON.stringify(canary)})) ${fault};
    return test.call(this, text);
  };`;

t.test('ends with the place of an internal fault, and prints no part of a value', async (t) => {
  const canary = aCanary();
  for (const [what, fault] of Object.entries(FAULTS)) {
    const folder = t.testdir({
      // More files follow, so that late output still appears.
      later: Object.fromEntries(['b', 'c', 'd'].map((name) => [`${name}.yaml`, 'kind: Secret\n'])),
      'app.yaml': `kind: Secret\napiVersion: v1\nmetadata: { name: app }\nstringData: { JWT_SECRET: ${canary} }\n`,
      'sabotage.cjs': sabotage(canary, fault),
    });
    const { stdout, stderr, exited } = start(t, {
      file: process.execPath,
      args: [
        '--require',
        join(folder, 'sabotage.cjs'),
        entryPoint(),
        'check',
        join(folder, 'app.yaml'),
        join(folder, 'later'),
      ],
    });
    t.equal(await exited, 2, `${what}: it could not run`);
    t.match(stderr(), /^lockstep: ended by an error of its own \{"error"/, what);
    t.same(findCanaries(stdout() + stderr(), [canary]), [], what);
  }
});

t.test('refuses a file of 100 MB by its size, and validates the file next to it', async (t) => {
  const folder = join(t.testdir({}), 'k8s');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'app.yaml'),
    'kind: Secret\napiVersion: v1\nmetadata: { name: app }\nstringData: { JWT_SECRET: changeme }\n',
  );
  for (const [name, start] of [
    ['huge.yaml', 'kind: Secret\nstringData:\n  A: "'],
    ['huge.json', '{"kind":"Secret","stringData":{"A":"'],
  ] as const) {
    writeFileSync(join(folder, name), start);
    truncateSync(join(folder, name), 100 * 1024 * 1024);
  }
  const { stdout, exited } = check(t, [folder]);
  t.equal(await exited, 2);
  t.match(stdout(), /huge\.yaml.*\n.*larger than 64 MiB/);
  t.match(stdout(), /huge\.json.*\n.*larger than 64 MiB/);
  t.match(stdout(), 'is a placeholder', 'the good file is validated all the same');
});

const check = (t: Test, args: readonly string[]) =>
  start(t, { file: process.execPath, args: [entryPoint(), 'check', ...args], cwd: ROOT });
