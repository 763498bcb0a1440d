import { cpSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { run } from '../../../src/commands/program.ts';
import type { CheckFinding } from '../../../src/report/check-report.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

async function check(file: string, ...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['check', '--format', 'json', ...args, file], shell);
  const findings: readonly CheckFinding[] = JSON.parse(shell.printed.stdout).secrets.flatMap(
    ({ findings: each }: { findings: readonly CheckFinding[] }) => each,
  );
  return { exitCode, findings, rules: findings.map(({ key, rule }) => `${key} ${rule}`) };
}

const aFile = (t: Test, text: string): string => join(t.testdir({ 'app.yaml': text }), 'app.yaml');

t.test('text under data that is no base64 is judged as it is written', async (t) => {
  const values = {
    A_PASSWORD: 'CHANGE_ME',
    B_TOKEN: '<base64-encoded-token>',
    C_SECRET: '${C_SECRET}',
    D_SECRET: '{{ .Values.secret }}',
    E_KEY: '$(openssl rand -base64 32)',
    F_URL: 'postgresql://app:CHANGE_ME@db/app',
    G_PASSWORD: 'Vq7m-T2xL_r9Kc!W4nB8',
    H_PASSWORD: 'password!',
    I_COLOUR: 'light blue',
    J_SECRET: '{% raw %}',
  };
  const data = Object.entries(values).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
  const { rules } = await check(aFile(t, aSecret(`data:\n${data.join('')}`)));
  t.same([...rules].sort(), [
    'A_PASSWORD placeholder',
    'B_TOKEN placeholder',
    'C_SECRET unrendered-template',
    'D_SECRET unrendered-template',
    'E_KEY placeholder',
    'F_URL placeholder',
    'G_PASSWORD invalid-base64',
    'H_PASSWORD invalid-base64',
    'H_PASSWORD placeholder',
    'I_COLOUR invalid-base64',
    'J_SECRET unrendered-template',
  ]);
});

t.test('a generated value is set under stringData, where the key stands under data', async (t) => {
  for (const [field, value, isUnderData] of [
    ['data', 'CHANGE_ME', true],
    ['data', 'Q0hBTkdFX01F', true],
    ['stringData', 'CHANGE_ME', false],
  ] as const) {
    const { findings } = await check(aFile(t, aSecret(`${field}:\n  SESSION_SECRET: ${value}\n`)));
    const place = isUnderData ? ' under stringData' : '';
    t.same(
      findings.map(({ fix }) => fix),
      [`set a generated value${place}, e.g. openssl rand -base64 48`],
      field,
    );
  }
});

t.test('the output of openssl under data has a fix that names stringData', async (t) => {
  const output = Buffer.from('Vq7m\xffT2xL\xfer9Kc\x01W4nB8zP0sD', 'latin1').toString('base64');
  const { findings } = await check(aFile(t, aSecret(`data:\n  POSTGRES_PASSWORD: ${output}\n`)));
  const fix = 'set a value of printable characters, and plain text under stringData';
  t.same(
    findings.map(({ rule, fix: each }) => [rule, each]),
    [['control-character', fix]],
  );
});

t.test('a key whose value can not be decoded is there, and nothing is derived from it', async (t) => {
  for (const field of [
    'data:\n  DB_PASSWORD: Vq7m-T2xL_r9Kc!\n',
    'stringData:\n  DB_PASSWORD: 12345\n',
    'stringData:\n  DB_PASSWORD: [x]\n',
  ]) {
    const rest = field.startsWith('data')
      ? `stringData:\n  POSTGRES_USER: app\n  POSTGRES_DB: app\n`
      : `  POSTGRES_USER: app\n  POSTGRES_DB: app\n`;
    const url = '  DATABASE_URL: postgresql://app:x7Kq-T2xL_r9Kc0@db/app\n';
    for (const text of [rest, `${rest}${url}`]) {
      const file = aFile(t, aSecret(`${field}${text}`, 'reconciliation-secrets'));
      const { rules } = await check(file);
      t.same(
        rules.filter(
          (rule) => /POSTGRES_PASSWORD|DB_PASSWORD|DATABASE_URL/.test(rule) && !/placeholder/.test(rule),
        ).length,
        1,
        rules.join(', '),
      );
      const shell = aShell();
      await run(['render', file], shell);
      t.equal(shell.printed.stdout, aSecret(`${field}${text}`, 'reconciliation-secrets'));
    }
  }
});

t.test('a name that is a template is reported as one, and --allow-references is named', async (t) => {
  for (const name of [
    '${APP}-secrets',
    '$(APP)',
    '"{{ app }}-secrets"',
    '"{% raw %}"',
    '$APP_NAME',
    '__APP_NAME__',
  ]) {
    const file = aFile(t, aSecret(undefined, name).replace('  name:', `  namespace: ${name}\n  name:`));
    const { findings, rules } = await check(file);
    t.same(rules, ['metadata.name unrendered-template', 'metadata.namespace unrendered-template'], name);
    t.match(findings, [{ action: 'Enforce', fix: /--allow-references/ }, { fix: /--allow-references/ }]);
    t.same((await check(file, '--allow-references')).rules, []);
  }
  const { findings } = await check(
    aFile(t, aSecret('stringData:\n  PASSWORD: ${PASSWORD}\n  TOKEN: vault:a/b#c\n')),
  );
  t.match(findings, [
    { fix: /\(--allow-references skips it\)$/ },
    { fix: /\(--allow-references skips it\)$/ },
  ]);
});

const STORY = `stringData:
  POSTGRES_PASSWORD: CHANGE_ME
  POSTGRES_USER: app
  POSTGRES_DB: app
  STRIPE_SECRET_KEY: ${GOOD.key}
`;

t.test('the command in a fix does what it says', async (t) => {
  const folder = t.testdir({
    'app.yaml': `${aSecret(STORY, 'reconciliation-secrets')}---\n${aSecret(undefined, 'other')}`,
  });
  const file = join(folder, 'app.yaml');
  const before = await check(file);
  t.equal(before.exitCode, 1);
  const [command] = before.findings.flatMap(({ fix }) => /lockstep (generate .*)$/.exec(fix)?.[1] ?? []);
  t.equal(command, `generate --into ${file} --replace-placeholders`);
  const shell = aShell();
  t.equal(await run(String(command).split(' '), shell), 0, shell.printed.stderr);
  t.match(
    shell.printed.stdout,
    /DATABASE_URL.* added; POSTGRES_PASSWORD replaced in default\/reconciliation-secrets$/m,
  );
  t.same((await check(file)).exitCode, 0);
});

t.test('no command is named where it would not work', async (t) => {
  const bad = aSecret(STORY, 'reconciliation-secrets');
  const fixes = async (text: string) =>
    (await check(aFile(t, text))).findings.map(({ fix }) => fix).join('\n');
  t.match(await fixes(bad), /lockstep generate/);
  const owned = bad.replace('  name:', '  labels: {cnpg.io/cluster: pg}\n  name:');
  t.notMatch(await fixes(owned), /lockstep generate/, 'another controller writes it');
  t.notMatch(await fixes(`${bad}dta: {A: b}\n`), /lockstep generate/, 'a fault of the form');
  t.match(
    await fixes(`${bad}  PORT: 5\n`),
    /lockstep generate/,
    'the command keeps a value that it can not read',
  );
  t.notMatch(
    await fixes(`${bad}---\nkind: Secret\na: [\n`),
    /lockstep generate/,
    'a part that can not be read',
  );
  t.notMatch(await fixes(aSecret('stringData:\n  STRIPE_SECRET_KEY: CHANGE_ME\n')), /lockstep|openssl/);
  t.match(
    await fixes(
      aSecret('data:\n  POSTGRES_PASSWORD: CHANGE_ME\n  POSTGRES_USER: YXBw\n', 'reconciliation-secrets'),
    ),
    /lockstep generate .*--replace-placeholders/,
    'a placeholder that stands raw under data can be replaced',
  );
  const odd = join(t.testdir({ "a'b": {} }), "a'b", 'app.yaml');
  cpSync(aFile(t, bad), odd);
  t.notMatch((await check(odd)).findings.map(({ fix }) => fix).join('\n'), /lockstep generate/);
});
