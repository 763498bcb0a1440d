import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';

async function diff(t: Test, text: string, ...options: readonly string[]) {
  const folder = t.testdir({ 'a.yaml': text });
  const shell = aShell();
  const exitCode = await run(['render', '--diff', `${folder}/a.yaml`, ...options], shell);
  t.equal(readFileSync(`${folder}/a.yaml`, 'utf8'), text);
  const { stdout, stderr } = shell.printed;
  return { exitCode, stdout: stdout.replaceAll(`${folder}/`, ''), stderr };
}

const login = (password: string, url: string, more = '') =>
  aSecret(
    `stringData:\n  POSTGRES_USER: app\n  POSTGRES_PASSWORD: ${password}\n  POSTGRES_HOST: db\n  POSTGRES_DB: app\n${url}${more}`,
  );

t.test('prints each changed key with the reason, and exits with 1', async (t) => {
  const text = login('tHe-r1ght-0ne-47x', '  DATABASE_URL: postgresql://app:other-Pa55word-9@db:5432/app\n');
  t.same(await diff(t, text), {
    exitCode: 1,
    stderr: '',
    stdout: `--- a.yaml
+++ a.yaml (as lockstep stores it)
@@ -10 +10 @@ Secret default/a
-  DATABASE_URL: [redacted]
+  DATABASE_URL: [redacted: password now follows POSTGRES_PASSWORD]
`,
  });
});

t.test('prints a key that is missing or empty', async (t) => {
  const absent = await diff(t, login('tHe-r1ght-0ne-47x', ''));
  t.equal(absent.exitCode, 1);
  t.match(absent.stdout, /^@@ -1,0 \+2 @@ Secret default\/a\n\+ {2}DATABASE_URL: \[redacted: derived from /m);
  const empty = await diff(t, login('tHe-r1ght-0ne-47x', '  DATABASE_URL: ""\n'));
  t.match(empty.stdout, /^- {2}DATABASE_URL: ""\n\+ {2}DATABASE_URL: \[redacted: derived from /m);
});

t.test('prints nothing and exits with 0 if the cluster stores what is written', async (t) => {
  t.same(await diff(t, aSecret()), { exitCode: 0, stdout: '', stderr: '' });
});

t.test('a denial is 1, an unreadable file is 2, and other forms are refused', async (t) => {
  t.equal((await diff(t, aSecret('stringData:\n  API_KEY: CHANGE_ME\n'))).exitCode, 1);
  t.equal((await diff(t, 'kind: Secret\nstringData: {A: [\n')).exitCode, 2);
  for (const option of ['--in-place', '--external-secret'])
    t.match(await diff(t, aSecret(), option), { exitCode: 2, stderr: /does not go together with/ });
});

t.test('holds no value, also not of the keys around the change', async (t) => {
  const values = [aCanary(), aCanary(), aCanary()];
  const [password = '', other = '', token = ''] = values;
  const text = login(
    password,
    `  # ${token}\n  DATABASE_URL: postgresql://app:${other}@db:5432/app\n`,
    `  TOKEN: |\n    ${token}\n  JWT_SECRET: '"${token}"'\n`,
  );
  const { exitCode, stdout, stderr } = await diff(t, text);
  t.equal(exitCode, 1);
  t.match(stdout, 'JWT_SECRET: [redacted: the quotes around it were removed]');
  t.same(canarySearcher(values)(`${stdout}${stderr}`), []);
});
