import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { run } from '../../../src/commands/program.ts';
import { anApiServer, answerJson, aPage, aStatus } from '../../helpers/api/fake-api-server.ts';
import { aShell } from '../../helpers/commands/commands.ts';

async function matchConditions(...args: readonly string[]) {
  const shell = aShell();
  const exitCode = await run(['policy', 'match-conditions', ...args], shell);
  return { exitCode, ...shell.printed };
}

const DROPPED = ['--no-builtin', 'no-placeholders'];

const shop = (spec: object) => ({
  apiVersion: 'lockstep.dev/v1alpha1',
  kind: 'SecretPolicy',
  metadata: { name: 'shop' },
  spec,
});
const aFile = (t: Test, spec: object) =>
  `${t.testdir({ 'shop.json': JSON.stringify(shop(spec)) })}/shop.json`;

t.test('prints a component of kustomize, values of the chart, or a patch for kubectl', async (t) => {
  const file = aFile(t, { match: { names: ['shop'] }, keys: { TOKEN: { minLength: 5 } } });
  const printed = async (...output: readonly string[]) => {
    const { exitCode, stdout, stderr } = await matchConditions('--policy', file, ...DROPPED, ...output);
    t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
    return parse(stdout);
  };
  const {
    webhook: { matchConditions: conditions },
  } = await printed('-o', 'helm');
  t.match(conditions, [{ name: 'a-policy-may-match', expression: /secretName in \['shop'\]/ }]);
  t.same(await printed('-o', 'mutating-patch'), {
    webhooks: [{ name: 'mutate.lockstep.dev', matchConditions: conditions }],
  });
  t.same(await printed('-o', 'validating-patch'), {
    webhooks: [{ name: 'validate.lockstep.dev', matchConditions: conditions }],
  });
  const { kind, patches } = await printed();
  t.equal(kind, 'Component');
  for (const { patch } of patches) t.same(JSON.parse(patch).at(-1).value, conditions[0]);
});

t.test('a policy that matches every Secret is one sentence, and nothing is printed', async (t) => {
  const { exitCode, stdout, stderr } = await matchConditions();
  t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
  t.match(stderr, /^[^\n]*match every Secret[^\n]*: no-placeholders; [^\n]*--no-builtin NAME[^\n]*\n$/);
  const file = aFile(t, { keys: { TOKEN: { minLength: 5 } } });
  t.match((await matchConditions('--policy', file)).stderr, ': shop, no-placeholders; ');
});

t.test('too many names are one sentence', async (t) => {
  const policies = Array.from({ length: 5 }, (_, at) => {
    const names = Array.from({ length: 250 }, (_, name) => `shop-*-${at}-${name}-*-secrets`);
    return [`p${at}.json`, JSON.stringify({ ...shop({ match: { names } }), metadata: { name: `p${at}` } })];
  });
  const { exitCode, stdout, stderr } = await matchConditions(
    '--policy',
    t.testdir(Object.fromEntries(policies)),
    ...DROPPED,
  );
  t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
  t.match(stderr, /has \d+ characters, and the API server evaluates at most 60000; /);
});

const aDeployment = (noBuiltin: string) => ({
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'webhook', image: 'x', args: [], env: [{ name: 'LOCKSTEP_NO_BUILTIN', value: noBuiltin }] },
        ],
      },
    },
  },
});

async function withCluster(t: Test, policy: object, noBuiltin: string, ...args: readonly string[]) {
  const { kubeconfig } = await anApiServer(t, (response, { pathname }) => {
    if (pathname.endsWith('/secretpolicies')) return answerJson(response, aPage([policy]));
    if (pathname.endsWith('/deployments/lockstep-webhook'))
      return answerJson(response, aDeployment(noBuiltin));
    return answerJson(response, aStatus(404, 'not found'), 404);
  });
  return await matchConditions('--kubeconfig', kubeconfig, ...args);
}

t.test('with a cluster, its policies and the built-in policies of its webhook count', async (t) => {
  const policy = shop({ match: { names: ['shop'] }, keys: { TOKEN: { required: true } } });
  const { exitCode, stdout, stderr } = await withCluster(t, policy, 'no-placeholders');
  t.same({ exitCode, stderr }, { exitCode: 0, stderr: '' });
  t.match(stdout, "'shop'");
  const early = await withCluster(t, policy, '', ...DROPPED);
  t.equal(early.exitCode, 0);
  t.match(early.stderr, /the webhook still has the policy no-placeholders, [^\n]*first\n$/);
});

t.test(
  'a policy that can not be used has no condition: a pod may decide by its earlier version',
  async (t) => {
    const policy = shop({ match: { names: ['shop'] }, keys: { TOKEN: { pattern: '(' } } });
    const { exitCode, stdout, stderr } = await withCluster(t, policy, 'no-placeholders');
    t.same({ exitCode, stdout }, { exitCode: 2, stdout: '' });
    t.match(stderr, /policy shop can't be used: /);
  },
);
