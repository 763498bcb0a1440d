import t from 'tap';
import { parse } from 'yaml';
import { run } from '../../src/commands/program.ts';
import { compilePolicy } from '../../src/engine/policy/compile/compile.ts';
import { aShell } from '../helpers/commands/commands.ts';
import {
  aCreate,
  aPolicy,
  builtins,
  GOOD,
  reportedFindings,
  validated,
  writtenValues,
} from '../helpers/engine/engine.ts';
import { blocksOf, readPage } from '../helpers/pages/pages.ts';

const page = await readPage('docs/tasks/write-a-policy.md');
const casesPage = await readPage('docs/tasks/test-a-policy.md');
const generatePage = await readPage('docs/tasks/generate-a-secret.md');
const fileOf = (from: string, name: string): string =>
  blocksOf(from).find(({ markers }) => markers.get('file') === name)?.text ?? '';
const yaml = fileOf(page, 'payments.yaml');
const cases = fileOf(casesPage, 'policies/payments.test.yaml');
const document = parse(yaml);
const payments = () => [aPolicy('payments', document.spec), ...builtins];

const base = { DB_USER: 'payments', DB_PASSWORD: GOOD.password, DB_HOST: 'db', DB_NAME: 'payments' };
const inProd = { name: 'payments', namespace: 'payments-prod' };

t.test('the example is a policy', async (t) => {
  t.notOk('problems' in compilePolicy(document));
});

t.test('the example does what the page says', async (t) => {
  const url = `postgresql://payments:${GOOD.password}@db:5432/payments`;
  t.same(writtenValues(validated(aCreate(base, inProd), payments())), { DATABASE_URL: url });

  const pooled = `postgresql+asyncpg://payments:old-password-of-it@pooler:6432/payments?connection_limit=5`;
  t.same(writtenValues(validated(aCreate({ ...base, DATABASE_URL: pooled }, inProd), payments())), {
    DATABASE_URL: pooled.replace('old-password-of-it', GOOD.password),
  });

  const short = { ...base, DB_PASSWORD: GOOD.password.slice(0, 12), WEBHOOK_SECRET: GOOD.key.slice(0, 12) };
  t.same(reportedFindings(validated(aCreate(short, inProd), payments())), [
    'Enforce DB_PASSWORD min-length',
    'Warn WEBHOOK_SECRET min-length',
  ]);
  t.same(
    reportedFindings(validated(aCreate(short, { ...inProd, namespace: 'payments-legacy' }), payments())),
    ['Warn WEBHOOK_SECRET min-length'],
  );

  const { DB_PASSWORD, ...others } = base;
  t.same(
    reportedFindings(
      validated(aCreate({ ...others, 'db-password': DB_PASSWORD.slice(0, 12) }, inProd), payments()),
    ),
    ['Enforce db-password min-length'],
  );
});

t.test('the cases of the page are true of its example', async (t) => {
  const dir = t.testdir({ 'payments.yaml': yaml, 'payments.test.yaml': cases });
  const shell = aShell();
  t.equal(await run(['policy', 'test', dir], shell), 0, shell.printed.stdout + shell.printed.stderr);
});

t.test('the command of the page makes a Secret for its example', async (t) => {
  const [, command = ''] = /\nlockstep (generate .*)\n/.exec(generatePage) ?? [];
  const dir = t.testdir({ 'payments.yaml': yaml, password: `${GOOD.password}\n` });
  const args = command
    .replace('payments.yaml', `${dir}/payments.yaml`)
    .replace('=password', `=${dir}/password`);
  const shell = aShell();
  t.equal(await run(args.split(' '), shell), 0, shell.printed.stderr);
  t.match(shell.printed.stdout, `postgresql://payments:${GOOD.password}@db:5432/payments`);
});
