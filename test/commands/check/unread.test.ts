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
