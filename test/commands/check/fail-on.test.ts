import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aShell, checkOutput } from '../../helpers/commands/commands.ts';
import { plainManifests } from '../../helpers/commands/plain-manifests.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';

const policyOf = (action: string) => aSecretPolicy('own', { action, keys: { COLOUR: { required: true } } });
const manifests = plainManifests({ a: [{ metadata: { name: 'a' }, stringData: { TOKEN: GOOD.key } }] });

t.test('--fail-on is the mildest action that gives exit code 1', async (t) => {
  const folder = t.testdir(
    Object.fromEntries(
      ['Enforce', 'Warn', 'Audit'].map((action) => [`${action}.json`, JSON.stringify(policyOf(action))]),
    ),
  );
  const exitCodes = async (action: string) => {
    const codes: number[] = [];
    for (const failOn of ['Enforce', 'Warn', 'Audit', 'Never'] as const) {
      const policy = [`${folder}/${action}.json`];
      codes.push((await checkOutput(manifests, ['a'], { failOn, policy })).exitCode);
    }
    return codes.join('');
  };
  t.same(
    { Enforce: await exitCodes('Enforce'), Warn: await exitCodes('Warn'), Audit: await exitCodes('Audit') },
    { Enforce: '1110', Warn: '0110', Audit: '0010' },
  );
  const junit = { format: 'junit', policy: [`${folder}/Warn.json`] };
  t.notMatch((await checkOutput(manifests, ['a'], junit)).stdout, '<failure');
  t.match((await checkOutput(manifests, ['a'], { ...junit, failOn: 'Warn' })).stdout, '<failure');
});

t.test('a missing reference fails with --fail-on Warn', async (t) => {
  const pod = `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, envFrom: [{secretRef: {name: b}}]}]}\n`;
  const file = `${t.testdir({ 'a.yaml': pod })}/a.yaml`;
  const exitCode = (...options: readonly string[]) => run(['check', file, ...options], aShell());
  t.equal(await exitCode(), 0);
  t.equal(await exitCode('--fail-on', 'warn'), 1);
});

t.test('an unreadable file gives exit code 2 with any --fail-on', async (t) => {
  t.equal(await run(['check', `${t.testdir()}/absent`, '--fail-on', 'Never'], aShell()), 2);
});

t.test('refuses another action', async (t) => {
  const shell = aShell();
  t.equal(await run(['check', '.', '--fail-on', 'deny'], shell), 2);
  t.match(shell.printed.stderr, /Allowed choices are Enforce, Warn, Audit, Never/);
});
