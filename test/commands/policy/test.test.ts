import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, findCanaries } from '../../helpers/canary/canary.ts';
import { lockstep } from '../../helpers/cluster/lockstep.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

async function policyTest(...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['policy', 'test', ...args], shell);
  return { exitCode, ...shell.printed };
}

const POLICY = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: shop }
spec:
  match: { names: [shop] }
  keys: { TOKEN: { required: true, sensitive: true, minLength: 20 } }
  exceptions: [{ namespace: old, name: shop, keys: [TOKEN], reason: OPS-1, until: 2030-01-31 }]
`;

const aCase = (verdict: string, token: string = GOOD.other, rest = ''): string =>
  `- name: a case\n  secret: { metadata: { name: shop }, stringData: { TOKEN: "${token}" } }\n` +
  `  expect: { verdict: ${verdict} }\n${rest}`;

t.test('validates cases by the policy next to them, and exits with 0 if all pass', async (t) => {
  const dir = t.testdir({ 'shop.yaml': POLICY, 'shop.test.yaml': aCase('allow') });
  for (const path of [dir, `${dir}/shop.yaml`, `${dir}/shop.test.yaml`]) {
    const { exitCode, stdout, stderr } = await policyTest(path);
    t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' }, path);
    t.match(stdout, /\n {2}ok {6}a case\n\n1 case in 1 file: 1 ok\n$/);
  }
});

t.test('reports a failed case with its line, and exits with 1', async (t) => {
  const dir = t.testdir({
    'shop.yaml': POLICY,
    'shop.test.yaml': aCase('allow') + aCase('allow', 'h3JfPz6RyD1g'),
  });
  const { exitCode, stdout } = await policyTest(dir);
  t.equal(exitCode, 1);
  t.match(
    stdout,
    'shop.test.yaml:4: - expected, + got\n          - verdict allow\n          + verdict deny\n',
  );
  t.match(stdout, '+ finding Enforce min-length TOKEN: ');
});

t.test('validates with built-in policies, and can leave them out', async (t) => {
  const cases =
    '- name: a case\n  secret: { metadata: { name: shop }, stringData: { TOKEN: h3JfPz6RyD1gXw5EuNaQ, JWT_SECRET: pY4kLx0QmVb7Rz2NcT9w } }\n' +
    '  expect: { verdict: deny, findings: [{ rule: min-length, key: JWT_SECRET }] }\n';
  const dir = t.testdir({ 'shop.yaml': POLICY, 'shop.test.yaml': cases });
  t.equal((await policyTest(dir)).exitCode, 0);
  t.equal((await policyTest(dir, '--no-builtin', 'jwt-keys')).exitCode, 1);
});

const FORMS = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: forms }
spec:
  match: { namespaces: ["*-prod"] }
  keys:
    PAYMENT_KEY: { sensitive: true, prefix: pay_live_, maxLength: 40 }
    LOG_LEVEL: { enum: [debug, info, warn] }
    REGION: { pattern: "^[a-z]{2}-[a-z]+-[0-9]$", action: Warn }
`;

const formCase = (namespace: string, texts: string, expect: string): string =>
  `- { name: a case, secret: { metadata: { name: shop, namespace: ${namespace} }, stringData: { ${texts} } }, ` +
  `expect: { ${expect} } }\n`;

t.test('validates the form of values', async (t) => {
  const good = 'PAYMENT_KEY: pay_live_h3JfPz6RyD1gXw5EuNaQ, LOG_LEVEL: info, REGION: eu-central-1';
  const bad =
    'PAYMENT_KEY: pay_test_h3JfPz6RyD1gXw5EuNaQpY4kLx0QmVb7Rz2N, LOG_LEVEL: INFO, REGION: Frankfurt';
  const findings = [
    '{ rule: max-length, key: PAYMENT_KEY }',
    '{ rule: prefix, key: PAYMENT_KEY }',
    '{ rule: enum, key: LOG_LEVEL }',
    '{ rule: pattern, key: REGION, action: Warn }',
  ];
  const dir = t.testdir({
    'forms.yaml': FORMS,
    'forms.test.yaml':
      formCase('shop-prod', good, 'verdict: allow, findings: []') +
      formCase('shop-prod', bad, `verdict: deny, findings: [${findings.join(', ')}]`) +
      formCase('shop-test', bad, 'verdict: allow, findings: []'),
  });
  const { exitCode, stdout } = await policyTest(dir);
  t.equal(exitCode, 0, stdout);
});

const RICH = `apiVersion: lockstep.dev/v1alpha1
kind: SecretPolicy
metadata: { name: rich }
spec:
  match: { names: [rich] }
  keys:
    MODE: { enum: [smtp, local] }
    MAIL_PASSWORD: { required: true, when: { key: MODE, is: smtp } }
    POOL_SIZE: { validations: [{ expression: "int(self) <= 50", message: must be 50 at most, action: Warn }] }
    A_HOST: {}
    B_HOST: {}
    mail.env: { derive: { template: "[mail]\\npassword='\${MAIL_PASSWORD}'", addWith: [MAIL_PASSWORD] } }
  validations:
    - { expression: "!has(data.B_HOST) || data.A_HOST != data.B_HOST", message: must name two hosts }
`;

const richCase = (texts: string, expect: string): string =>
  `- { name: a case, secret: { metadata: { name: rich, namespace: shop }, stringData: { ${texts} } }, ` +
  `expect: { ${expect} } }\n`;

t.test('validates conditions, rules in CEL and files', async (t) => {
  const dir = t.testdir({
    'rich.yaml': RICH,
    'rich.test.yaml':
      richCase('MODE: local, POOL_SIZE: "50", A_HOST: a, B_HOST: b', 'verdict: allow, findings: []') +
      richCase('MODE: smtp', 'verdict: deny, findings: [{ rule: required, key: MAIL_PASSWORD }]') +
      richCase(
        'POOL_SIZE: "51"',
        'verdict: allow, findings: [{ rule: validation, key: POOL_SIZE, action: Warn }]',
      ) +
      richCase(
        'POOL_SIZE: many',
        'verdict: allow, findings: [{ rule: policy-error, key: POOL_SIZE, action: Warn }]',
      ) +
      richCase('A_HOST: a, B_HOST: a', 'verdict: deny, findings: [{ rule: validation, key: "" }]') +
      richCase('B_HOST: a', 'verdict: deny, findings: [{ rule: policy-error, key: "" }]') +
      richCase('MODE: smtp, MAIL_PASSWORD: Vq7mT2xLr9KcW4nB8sZd', 'verdict: fix, findings: []') +
      richCase(
        `MODE: smtp, MAIL_PASSWORD: "Vq7mT2x'Lr9KcW4nB8sZd"`,
        'verdict: deny, findings: [{ rule: unquotable, key: mail.env }]',
      ),
  });
  const { exitCode, stdout } = await policyTest(dir);
  t.equal(exitCode, 0, stdout);
});

t.test('supports an UPDATE, and the day after an exception has expired', async (t) => {
  const secret = 'metadata: { name: shop, namespace: old }, stringData: { TOKEN: h3JfPz6RyD1g }';
  const cases = `
- { name: in force, on: 2030-01-31, secret: { ${secret} }, expect: { verdict: allow } }
- { name: run out, on: 2030-02-01, secret: { ${secret} }, expect: { verdict: deny } }
- name: let in before
  on: 2030-02-01
  old: { ${secret} }
  secret: { ${secret.replace('TOKEN', 'NOTE: x, TOKEN')} }
  expect: { verdict: allow, findings: [{ rule: min-length, key: TOKEN, action: Warn }] }
`;
  const dir = t.testdir({ 'shop.yaml': POLICY, 'shop.test.yaml': cases });
  const { exitCode, stdout } = await policyTest(dir);
  t.equal(exitCode, 0, stdout);
});

t.test('accepts a further policy from the same folder', async (t) => {
  const dir = t.testdir({ 'shop.yaml': POLICY, 'shop.test.yaml': aCase('allow') });
  t.equal((await policyTest(dir, '--policy', dir)).exitCode, 0);
});

t.test('reports every fault of a case file with its line and path', async (t) => {
  const dir = t.testdir({
    'shop.yaml': POLICY,
    'shop.test.yaml': `- name: a case
  secret: { stringData: { TOKEN: 1 }, data: { A: "%" }, kidn: Secret }
  expect: { verdict: refuse, findings: [{ rule: placehodler }, { rule: reconciliation }] }
`,
    'more.test.yaml': '{',
    'empty.test.yaml': '',
  });
  const { exitCode, stdout, stderr } = await policyTest(dir);
  t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
  const lines = stderr.trimEnd().replaceAll(`${dir}/`, '').replace('lockstep: ', '').split('\n');
  t.match(lines, [
    'empty.test.yaml:1: is empty: put a list of cases there',
    /^more.test.yaml:1: is no valid YAML/,
    'shop.test.yaml:2: 0.secret.stringData.TOKEN: has the wrong type: write a string',
    'shop.test.yaml:2: 0.secret.data.A: is not base64: put plain text under stringData',
    'shop.test.yaml:2: 0.secret.kidn: is no field of a case: did you mean kind?',
    /^shop.test.yaml:3: 0.expect.verdict: must be one of /,
    'shop.test.yaml:3: 0.expect.findings.0.rule: is no rule: did you mean placeholder?',
    'shop.test.yaml:3: 0.expect.findings.1.rule: is no rule: lockstep explain lists them',
  ]);
});

t.test('reports an error in one sentence with exit code 2', async (t) => {
  const dir = t.testdir({ 'stray.test.yaml': aCase('allow'), lone: { 'shop.yaml': POLICY } });
  for (const [path, sentence] of [
    [`${dir}/absent`, 'cannot read policies from'],
    [`${dir}/lone`, 'there are no cases in'],
    [`${dir}/lone/shop.yaml`, 'there are no cases in'],
    [`${dir}/stray.test.yaml`, 'there is no stray.yaml next to it, and no policy stray'],
  ] as const) {
    const { exitCode, stdout, stderr } = await policyTest(path);
    t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
    t.match(stderr, /^lockstep: [^\n]+\n$/);
    t.match(stderr, sentence);
  }
});

t.test('prints no value of a case, whether right, wrong or malformed', async (t) => {
  const value = aCanary();
  for (const cases of [
    aCase('allow', value),
    aCase('deny', value),
    aCase('deny', `changeme-${value}`),
    aCase('refuse', value),
    aCase('allow', value).replace('stringData', 'data'),
    aCase('allow', value).replace(/"$/m, ''),
    aCase('allow', value).replace('TOKEN: ', 'TOKEN: !!binary '),
    aCase('allow', value).replace('TOKEN: ', 'TOKEN: *'),
  ]) {
    const dir = t.testdir({ 'shop.yaml': POLICY, 'shop.test.yaml': cases });
    const { stdout, stderr } = await policyTest(dir);
    t.same(findCanaries(stdout + stderr, [value]), []);
  }
});

t.test('prints a help that fits one screen, as a process', async (t) => {
  const help = lockstep(t, ['policy', 'test', '--help']);
  t.equal(await help.exited, 0);
  t.ok(help.stdout().split('\n').length <= 24);
});

t.test('compares expected values, and prints JSON', async (t) => {
  const withValue = (token: string) =>
    `- name: a <case>\n  secret: { metadata: { name: shop }, stringData: { TOKEN: "${GOOD.other}\\n" } }\n` +
    `  expect: { verdict: fix, values: { TOKEN: ${token}, ABSENT: null } }\n`;
  const dir = t.testdir({
    'shop.yaml': POLICY,
    'shop.test.yaml': withValue(GOOD.other) + withValue(GOOD.key),
  });
  const json = await policyTest(dir, '--format', 'json');
  t.equal(json.exitCode, 1);
  const [good, bad] = JSON.parse(json.stdout).cases;
  t.match(good, { line: 1, name: 'a <case>', ok: true, missing: [], unexpected: [] });
  t.match(bad, {
    line: 4,
    ok: false,
    missing: ['value TOKEN: as expected'],
    unexpected: ['value TOKEN: another'],
  });
  t.notMatch(json.stdout, GOOD.key);
});
