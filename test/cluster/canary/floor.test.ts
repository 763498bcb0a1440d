import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { aCanary, canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, aTeam } from '../../helpers/cluster/team.ts';
import { installPolicies } from '../../helpers/cluster/versioned-secret.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aPolicy, builtins } from '../../helpers/engine/engine.ts';
import { applyFloor } from '../../helpers/floor/floor-cluster.ts';
import { until } from '../../testbed/process/until.ts';

t.setTimeout(5 * 60 * 1000);

/** A key for each requirement with a text of its own. `own` begins the names of the keys. */
const requirements = (own: string) => ({
  [`${own}_MODE`]: { enum: ['live', 'dry-run'], default: 'live' },
  [`${own}_TAG`]: { prefix: 'sk_live_' },
  [`${own}_CODE`]: { maxLength: 12 },
  [`${own}_SECRET`]: { sensitive: true, minLength: 60 },
  [`${own}_TWIN_SECRET`]: { sensitive: true, distinctFrom: [`${own}_SECRET`] },
  [`${own}_URL`]: { derive: { template: `https://\${${own}_CODE}:\${${own}_SECRET}@host.example/x` } },
  [`${own}_PATTERN`]: { pattern: '^x{4}$', validations: [{ expression: 'self != "y"', message: 'is y' }] },
  [`${own}_WHEN`]: { when: { key: `${own}_MODE`, present: true }, required: true },
});

const POLICIES = Object.fromEntries(
  (['Warn', 'Audit'] as const).map((action) => [
    action.toLowerCase(),
    { match: { names: ['reconciliation-secrets'] }, precedence: 20, action, keys: requirements(action) },
  ]),
);

t.test('the floor shows no piece of a value', async (t) => {
  const cluster = await aCluster(t);
  await installPolicies(cluster, POLICIES);
  const policies = [...builtins, ...Object.entries(POLICIES).map(([name, spec]) => aPolicy(name, spec))];
  await applyFloor(cluster, policies);
  const team = await aTeam(cluster);
  const values: string[] = [];
  const secret = (length = 40): string => {
    const value = aCanary(length);
    values.push(value);
    return value;
  };
  const printed: string[] = [];
  const apply = async (change: Readonly<Record<string, string>>, words = 'apply -f -') => {
    const { stdout, stderr, exitCode } = await team.kubectl(words, { input: aManifest(change) });
    printed.push(stdout, stderr);
    return exitCode;
  };
  const aStory = () => ({
    POSTGRES_USER: 'recon',
    POSTGRES_PASSWORD: secret(),
    JWT_SECRET: secret(),
    JWT_REFRESH_SECRET: secret(),
    CSRF_SECRET: secret(),
    PASSWORD_MASTER_KEY: secret(),
  });
  /** A finding by each requirement. */
  const faults = (own: string) => {
    const twin = secret();
    return {
      [`${own}_MODE`]: secret(),
      [`${own}_TAG`]: secret(),
      [`${own}_CODE`]: secret(),
      [`${own}_SECRET`]: twin,
      [`${own}_TWIN_SECRET`]: twin,
      [`${own}_PATTERN`]: secret(),
    };
  };
  for (let round = 0; round < 6; round += 1) {
    const exitCode = await apply({ ...aStory(), ...faults('Warn'), ...faults('Audit') });
    t.ok(exitCode === 0 || round > 0);
    await apply({ ...aStory(), JWT_SECRET: 'CHANGE_ME' });
    await apply({ ...aStory(), POSTGRES_PASSWORD: `${secret()}ü#\n` });
    await apply({ ...aStory(), DATABASE_URL: `postgresql://recon:${secret()}@db:5432/x` });
    await apply({ ...aStory(), CSRF_SECRET: 'short' }, 'apply --server-side --force-conflicts -f -');
  }
  const name = `known-${aCanary(20).toLowerCase()}`;
  await team.run('create -f -', { input: aManifest(aStory(), { metadata: { name } }) });
  await until('the last audit entry', [], async () => (await cluster.auditLog()).includes(name));
  const commands: string[] = [];
  for (const args of [[], ['-o', 'json']]) {
    const shell = aShell();
    t.equal(await run(['policy', 'floor', '--kubeconfig', cluster.kubeconfig, ...args], shell), 0);
    commands.push(shell.printed.stdout, shell.printed.stderr);
  }
  const search = canarySearcher(values);
  const outputs = {
    'what kubectl printed': printed.join('\n'),
    'the audit log': await cluster.auditLog(),
    'the log of the API server': await cluster.apiServerLog(),
    'its metrics': (await cluster.request('/metrics')).text,
    'lockstep policy floor': commands.join('\n'),
  };
  for (const [where, output] of Object.entries(outputs)) t.same(search(output), [], where);
  t.match(outputs['what kubectl printed'], 'lockstep/placeholder');
  for (const rule of ['enum', 'prefix', 'max-length', 'min-length', 'required']) {
    t.match(
      outputs['what kubectl printed'],
      new RegExp(`Warning: .*data\\[Warn_[^;]*\\[lockstep/${rule}\\]`),
    );
    t.match(outputs['the audit log'], new RegExp(`data\\[Audit_[^;]*\\[lockstep/${rule}\\]`));
  }
  t.notMatch(outputs['what kubectl printed'], 'data[Audit_');
  t.match(outputs['its metrics'], 'apiserver_validating_admission_policy_check_total');
  t.match(outputs['lockstep policy floor'], 'data[');
});
