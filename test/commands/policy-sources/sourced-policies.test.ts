import { join } from 'node:path';
import t, { type Test } from 'tap';
import { mergePolicies } from '../../../src/commands/policy-sources/sourced-policies.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { builtins } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const policy = (name: string, spec: unknown = { keys: { API_KEY: { minLength: 20 } } }) =>
  aSecretPolicy(name, spec);

function gathered(t: Test, stored: readonly unknown[], files: readonly object[] = [], builtin?: string[]) {
  const dir = t.testdir({ 'policies.yaml': files.map((file) => JSON.stringify(file)).join('\n---\n') });
  const { policies, problems } = mergePolicies(
    stored,
    { policy: files.length === 0 ? [] : [join(dir, 'policies.yaml')], builtin: builtin ?? true },
    aShell(),
  );
  return { policies: policies.map(({ policy: { name }, source }) => `${name} ${source}`), problems };
}

const shipped = builtins.map(({ name }) => `${name} built-in`);

t.test('merges the built-in policies, those of the cluster and those of files', async (t) => {
  const { policies, problems } = gathered(t, [policy('ours')], [policy('tried')]);
  t.same(policies, [...shipped, 'ours cluster', 'tried file']);
  t.same(problems, []);
});

t.test(
  'prefers a file over the cluster, and the cluster over a built-in policy of the same name',
  async (t) => {
    const { policies } = gathered(
      t,
      [policy('jwt-keys'), policy('ours')],
      [policy('ours'), policy('no-placeholders')],
    );
    t.same(
      policies.filter((line) => !line.endsWith('built-in')),
      ['jwt-keys cluster', 'no-placeholders file', 'ours file'],
    );
    t.equal(policies.length, shipped.length + 1);
  },
);

t.test('leaves out a built-in policy on request', async (t) => {
  const { policies } = gathered(t, [], [], ['jwt-keys']);
  t.same(
    policies,
    shipped.filter((line) => line !== 'jwt-keys built-in'),
  );
});

t.test("reports a policy of the cluster that can't take effect, and keeps the others", async (t) => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`K${n}`, { minLength: -1 }]));
  const { policies, problems } = gathered(t, [
    policy('cyclic', { keys: { A: { derive: { template: '${B}' } }, B: { derive: { template: '${A}' } } } }),
    policy('many', { keys: many }),
    null,
    {},
    { metadata: { name: '__proto__' } },
    policy('ours'),
  ]);
  t.same(policies, [...shipped, 'ours cluster']);
  t.match(problems, [
    /^SecretPolicy cyclic can not take effect: .*A/,
    /^SecretPolicy many can not take effect: [^;]+; [^;]+; [^;]+; and 6 more$/,
    /^SecretPolicy {2}can not take effect: /,
    /^SecretPolicy {2}can not take effect: /,
    /^SecretPolicy __proto__ can not take effect: /,
  ]);
});

t.test('ignores an invalid policy that a file replaces', async (t) => {
  const { policies, problems } = gathered(t, [policy('ours', { keys: 1 })], [policy('ours')]);
  t.same([policies.at(-1), problems], ['ours file', []]);
});
