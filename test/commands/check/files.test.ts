import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Test } from 'tap';
import t from 'tap';
import { start } from '../../helpers/cluster/lockstep.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { entryPoint } from '../../testbed/lockstep/release.ts';

/** Runs `lockstep …` in its own folder, as a user does. */
async function lockstep(t: Test, cwd: string, ...args: readonly string[]) {
  const run = start(t, {
    file: process.execPath,
    args: [entryPoint(), ...args],
    cwd,
    // root may read everything, so only another user can lack a permission.
    ...(process.getuid?.() === 0 ? { uid: 65534 } : {}),
  });
  const exitCode = await run.exited;
  return { exitCode, stdout: run.stdout(), stderr: run.stderr() };
}

const secret = (name: string, lines: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: shop\n${lines}`;

t.test('explains ten different faults of a folder: the fault, the place and the fix', async (t) => {
  const folder = t.testdir({
    k8s: {
      'base64.yaml': secret('base64', 'data:\n  TOKEN: not base64!\n'),
      'clean.yaml': secret('clean', `stringData:\n  TOKEN: ${GOOD.key}\n`),
      'command.yaml': secret('command', 'stringData:\n  API_KEY: $(openssl rand -base64 32)\n'),
      'field.yaml': secret('field', `stringdata:\n  TOKEN: ${GOOD.key}\n`),
      'key.yaml': secret('key', `stringData:\n  "MY KEY": ${GOOD.key}\n`),
      'number.yaml': secret('number', 'stringData:\n  PORT: 5432\n'),
      'placeholder.yaml': `# a comment\n---\n${secret('placeholder', 'stringData:\n  COLOUR: blue\n  JWT_SECRET: CHANGE_ME\n')}`,
      'reference.yaml': secret('reference', 'stringData:\n  PASSWORD: vault:secret/data/app#password\n'),
      'short.yaml': secret('short', 'stringData:\n  JWT_SECRET: f6n4edn8sxST\n'),
      'stale.yaml': secret(
        'stale',
        `stringData:\n  POSTGRES_USER: shop\n  POSTGRES_PASSWORD: ${GOOD.password}\n  POSTGRES_DB: shop\n  DATABASE_URL: postgresql://shop:${GOOD.other}@db/shop\n`,
      ),
      'syntax.yaml': `${secret('before', 'stringData:\n  JWT_SECRET: CHANGE_ME\n')}---\na: [1\n`,
    },
  });
  const { exitCode, stdout, stderr } = await lockstep(t, folder, 'check', 'k8s');
  t.same([exitCode, stderr], [2, '']);
  for (const line of [
    /base64\.yaml\n.*\n(?: .*\n)*? +7:3 +error +TOKEN .*\[invalid-base64\]\n +\S/,
    /command\.yaml\n.*\n(?: .*\n)*? +7:3 +error +API_KEY .*\[placeholder\]\s+\(policy [a-z-]+\)\n +set a generated value/,
    /field\.yaml\n.*\n(?: .*\n)*? +6:1 +error +.*stringdata[^[]*\[unknown-field\]\n +.*stringData/,
    /key\.yaml\n.*\n(?: .*\n)*? +7:3 +error +MY KEY .*\[invalid-key\]\n +\S/,
    /number\.yaml\n.*\n(?: .*\n)*? +7:\d+ +error +PORT .*\[not-a-string\]\n +.*quote/,
    /placeholder\.yaml\n.*\n(?: .*\n)*? +10:3 +error +JWT_SECRET is a placeholder \[placeholder\]\s+\(policy [a-z-]+\)\n +set a generated value:\n +lockstep generate --policy jwt-keys --into k8s\/placeholder\.yaml --replace-placeholders\n/,
    /reference\.yaml\n.*\n(?: .*\n)*? +7:3 +error +PASSWORD [^[]*\[unresolved-reference\]\s+\(policy [a-z-]+\)\n +\S/,
    /short\.yaml\n.*\n(?: .*\n)*? +7:3 +error +JWT_SECRET is shorter than 32 characters \[min-length\]\s+\(policy jwt-keys\)\n +\S/,
    /stale\.yaml\n.*\n(?: .*\n)*? +10:3 +note +lockstep will correct DATABASE_URL: password now follows\s+\w+\s+\[mismatch\]\n +run lockstep render/,
    /syntax\.yaml\n.*\n(?: .*\n)*? +7:3 +error +JWT_SECRET is a placeholder/,
    /\n {2}\d+ +error +is no valid YAML/,
    /11 Secrets in 11 files: \d+ denied/,
  ]) {
    t.match(stdout, line);
  }
  t.notMatch(stdout, /clean\.yaml/);
});

t.test('reports each bad input in one sentence with exit code 2', async (t) => {
  const folder = t.testdir({
    'binary.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff, 0xfe, 0, 0, 0]),
    'empty.yaml': '',
    'closed.yaml': secret('closed', ''),
    'good.yaml': secret('good', `stringData:\n  TOKEN: ${GOOD.key}\n`),
  });
  chmodSync(join(folder, 'closed.yaml'), 0o000);
  for (const [args, sentence] of [
    [['absent'], /absent/],
    [['closed.yaml'], /closed\.yaml/],
    [['binary.yaml'], /binary\.yaml/],
    [['empty.yaml'], /empty\.yaml/],
    [[], /give files or folders/],
    [['good.yaml', '--nonsense'], /--nonsense/],
    [['good.yaml', '--format', 'nonsense'], /nonsense.*text, json, sarif, junit, github/],
    [['good.yaml', '--policy', 'good.yaml'], /good\.yaml:1: is no SecretPolicy/],
    [['good.yaml', '--policy', 'absent'], /absent/],
    [['good.yaml', '--no-builtin', 'absent'], /there is no built-in policy absent/],
    [['good.yaml', '--output', 'absent/report'], /cannot write absent\/report/],
  ] as const) {
    const { exitCode, stdout, stderr } = await lockstep(t, folder, 'check', ...args);
    t.equal(exitCode, 2, args.join(' '));
    t.match(stdout + stderr, sentence);
    t.notMatch(stdout + stderr, /^ +at /m);
    t.ok(stderr === '' || /^lockstep: [^\n]+\n$/.test(stderr), stderr);
  }
});
