import { join } from 'node:path';
import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { ROOT } from '../../helpers/cluster/lockstep.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecret } from '../../helpers/commands/manifest-text.ts';

const BAD = aSecret('stringData:\n  JWT_SECRET: CHANGE_ME\n');
const DEPLOYMENT = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n';

async function check(...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['check', ...args], shell);
  return { exitCode, stdout: shell.printed.stdout.replace(/\n {2,}/g, ' ') };
}

t.test(
  'a folder whose Secrets are all in a chart is an error with the command that renders it',
  async (t) => {
    const chart = join(ROOT, 'test', 'data', 'charts', 'shop');
    const { exitCode, stdout } = await check(chart);
    t.equal(exitCode, 2);
    t.match(stdout, `no Secret was checked: helm template ${chart} | lockstep check -`);
  },
);

t.test('a folder whose Secrets are all examples is an error, unless another Secret is checked', async (t) => {
  const examples = Object.fromEntries(
    ['example', 'sample', 'template', 'tmpl', 'tpl', 'dist'].map((word) => [`secret.${word}.yaml`, BAD]),
  );
  const folder = t.testdir({ only: examples, both: { ...examples, 'app.yaml': aSecret(undefined, 'good') } });
  const only = await check(join(folder, 'only'));
  t.equal(only.exitCode, 2);
  t.match(only.stdout, 'is an example, so no Secret was checked');
  t.equal((await check(join(folder, 'both'))).exitCode, 0);
});

t.test('a folder without a Secret passes, with charts and examples of other objects too', async (t) => {
  const folder = t.testdir({
    'app.yaml': DEPLOYMENT,
    'app.example.yaml': DEPLOYMENT,
    chart: { 'Chart.yaml': 'name: a\n', templates: { 'app.yaml': `${DEPLOYMENT}spec: {{ .secret }}\n` } },
  });
  const { exitCode, stdout } = await check(folder);
  t.equal(exitCode, 0, stdout);
  t.match(stdout, 'no Secret was found');
});

t.test(
  'a kind with a typing mistake is a finding, in YAML and JSON, in a file and in a folder',
  async (t) => {
    for (const kind of ['Secrt', 'Sceret', 'secret', 'Secrets', 'Secrete', 'SECRET']) {
      const folder = t.testdir({
        'data.yaml': `apiVersion: v1\nkind: ${kind}\nmetadata: { name: a }\ndata: { A: Yg== }\n`,
        'b.json': `{"apiVersion":"v1","kind":"${kind}","metadata":{"name":"b"},"data":{}}`,
      });
      for (const path of [folder, join(folder, 'data.yaml'), join(folder, 'b.json')]) {
        const { exitCode, stdout } = await check(path);
        t.equal(exitCode, 1, `${kind} ${stdout}`);
        t.match(stdout, /kind is not quite that of a Secret \[unknown-kind\] set apiVersion to v1 and kind/);
      }
    }
    for (const kind of ['Service', 'Deployment', 'ConfigMap', 'Set', 'Pod', 'Event', 'Role']) {
      const folder = t.testdir({ 'a.yaml': `apiVersion: v1\nkind: ${kind}\nmetadata: { name: a }\n` });
      t.match(await check(folder), { exitCode: 0, stdout: /no Secret was found/ }, kind);
    }
  },
);

t.test(
  'a folder whose Secrets are made by a kustomization is an error, and the file itself a hint',
  async (t) => {
    const folder = t.testdir({ 'kustomization.yaml': 'secretGenerator:\n  - name: a\n    envs: [.env]\n' });
    const { exitCode, stdout } = await check(folder);
    t.equal(exitCode, 2);
    t.match(
      stdout,
      `makes a Secret, so no Secret was checked: kubectl kustomize ${folder} | lockstep check -`,
    );
    t.equal((await check(join(folder, 'kustomization.yaml'))).exitCode, 0);
    const other = t.testdir({ 'kustomization.yaml': 'resources: [app.yaml]\n', 'app.yaml': DEPLOYMENT });
    t.equal((await check(other)).exitCode, 0);
  },
);

t.test('a misspelt field kind, and a letter that only looks like one of Secret, is a finding', async (t) => {
  for (const line of ['Kind: Secret', 'knid: Secret', 'kind: \u0405ecret', 'kind: S\u0435cret']) {
    const text = `apiVersion: v1\n${line}\nmetadata: {name: a}\ndata: {A: Yg==}\n`;
    t.match(await check(t.testdir({ 'a.yaml': text })), { exitCode: 1, stdout: /unknown-kind/ }, line);
  }
  const other = t.testdir({ 'a.yaml': 'kid: secret\n', 'b.yaml': 'apiVersion: v1\nkid: other\n' });
  t.match(await check(other), { exitCode: 0, stdout: /no Secret was found/ });
});

t.test('a printed command quotes the name of a folder', async (t) => {
  const kustomization = { 'kustomization.yaml': 'secretGenerator: [{name: a}]\n' };
  const chart = { 'Chart.yaml': 'name: a\n', templates: { 'a.yaml': aSecret('data: {{ .a }}\n') } };
  const folder = t.testdir({ "it's; touch x": kustomization, 'chart; touch x': chart });
  for (const [name, tool, word] of [
    ["it's; touch x", 'kubectl kustomize', `'${folder}/it'\\''s; touch x'`],
    ['chart; touch x', 'helm template', `'${folder}/chart; touch x'`],
  ] as const) {
    const { stdout } = await check(join(folder, name));
    t.equal(stdout.split(`${tool} ${word} | lockstep check -`).length, 3, stdout);
  }
});
