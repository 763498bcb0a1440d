import t from 'tap';
import { aClusterWithLockstep } from '../../helpers/cluster/cluster.ts';
import { aVersionedSecret, installPolicies, lockstepOn } from '../../helpers/cluster/versioned-secret.ts';
import { GOOD } from '../../helpers/engine/engine.ts';

// The commands that write a Secret, on a real API server. Its webhook leaves out two built-in policies and a namespace.
const variables = {
  LOCKSTEP_NO_BUILTIN: 'jwt-keys,postgres-credentials',
  LOCKSTEP_EXCLUDED_NAMESPACES: 'excluded',
};
const { cluster } = await aClusterWithLockstep(t, { variables });

/** The Deployment gets variables, as the process of the webhook has them. */
async function install(settings: Readonly<Record<string, string>>): Promise<void> {
  const env = Object.entries(settings).map(([name, value]) => ({ name, value }));
  const patch = { spec: { template: { spec: { containers: [{ name: 'webhook', env }] } } } };
  const args = ['patch', 'deployment/lockstep-webhook', '-n', 'lockstep-system', '-p', JSON.stringify(patch)];
  await cluster.mustRun(args);
}
await install(variables);
const lockstep = lockstepOn(t, cluster.kubeconfig, []);
/** A namespace without an installation, so that nothing limits the policies. */
const UNLIMITED = ['--lockstep-namespace', 'kube-public'];

const inBytes = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)]));

const STALE = { TOKEN: GOOD.key, HOST: 'shop.example', LINK: 'https://old.example/' };
const [excluded, plain] = [
  await aVersionedSecret(cluster, 'excluded'),
  await aVersionedSecret(cluster, 'plain'),
];
for (const app of [excluded, plain]) {
  await app.hold(inBytes({ API_KEY: GOOD.other }));
  await app.hold(inBytes(STALE));
  await app.kubectl(['annotate', 'secret', 'app', 'lockstep.dev/generate=true']);
}
// The webhook would have corrected the link, had the policy come first.
await installPolicies(cluster, {
  links: {
    match: { names: ['app'], hasKeys: ['LINK'] },
    keys: {
      TOKEN: {
        sensitive: true,
        generate: { bytes: 48, encoding: 'base64url' },
        rotate: { schedule: '0 4 1 1 *' },
      },
      HOST: {},
      LINK: { derive: { template: 'https://${HOST}/' } },
    },
  },
});

t.test('heal ignores a built-in policy that the installation leaves out', async (t) => {
  const app = await aVersionedSecret(cluster, 'database');
  const held = inBytes({
    POSTGRES_USER: 'app',
    POSTGRES_PASSWORD: GOOD.password,
    POSTGRES_DB: 'shop',
    DATABASE_URL: `postgresql://app:${GOOD.other}@db:5432/shop`,
  });
  await app.hold(held);
  const unlimited = await lockstep('heal', 'database/app', '--dry-run', ...UNLIMITED);
  t.match(unlimited.stdout, 'DATABASE_URL: password now follows POSTGRES_PASSWORD');
  const { exitCode, stdout, stderr } = await lockstep('heal', 'database/app');
  t.same([exitCode, stderr], [0, ''], stdout);
  t.match(stdout, /there is nothing to correct\n$/);
  t.same(await app.stored(), held);
});

t.test('rollback ignores a built-in policy that the installation leaves out', async (t) => {
  const app = await aVersionedSecret(cluster, 'keys');
  await app.hold(inBytes({ JWT_SECRET: GOOD.other }));
  await app.hold(inBytes({ JWT_SECRET: GOOD.key }));
  const args = ['rollback', 'keys/app', '--to', '1'];
  const unlimited = await lockstep(...args, '--dry-run', ...UNLIMITED);
  t.match(unlimited, { exitCode: 1, stdout: /JWT_SECRET\]: is shorter than/ });
  const { exitCode, stdout, stderr } = await lockstep(...args);
  t.same([exitCode, stderr], [0, ''], stdout);
  t.notMatch(stdout, 'shorter');
  t.same(await app.stored(), inBytes({ JWT_SECRET: GOOD.other }));
});

t.test('heal and rotate change no Secret of an excluded namespace', async (t) => {
  for (const [args, sentence] of [
    [['heal', 'excluded/app'], 'Secret excluded/app is not corrected'],
    [['rotate', 'excluded/app'], 'nothing is rotated in Secret excluded/app'],
  ] as const) {
    const stderr = `lockstep: ${sentence}: it is in an excluded namespace\n`;
    for (const flags of [[], ['--dry-run']])
      t.same(await lockstep(...args, ...flags), { exitCode: 2, stdout: '', stderr });
    t.match(await lockstep(...args, '--dry-run', ...UNLIMITED), { exitCode: 0 });
  }
  t.same(await excluded.stored(), inBytes(STALE));
});

t.test('rollback in an excluded namespace asks no policy', async (t) => {
  await excluded.hold(inBytes({ API_KEY: 'CHANGE_ME' }));
  await excluded.hold(inBytes({ API_KEY: GOOD.other }));
  const unlimited = await lockstep('rollback', 'excluded/app', '--dry-run', ...UNLIMITED);
  t.match(unlimited, { exitCode: 1, stdout: /API_KEY\]: is a placeholder/ });
  const { exitCode, stdout, stderr } = await lockstep('rollback', 'excluded/app');
  t.same([exitCode, stderr], [0, ''], stdout);
  t.same(await excluded.stored(), inBytes({ API_KEY: 'CHANGE_ME' }));
});

t.test('below Enforce, rotate refuses, and heal corrects because a person asks', async (t) => {
  await install({ ...variables, LOCKSTEP_MAX_ACTION: 'Warn' });
  t.match(await lockstep('rotate', 'plain/app'), {
    exitCode: 2,
    stderr: /plain\/app: lockstep runs with --max-action Warn: it reports, and changes nothing\n$/,
  });
  const { exitCode, stdout, stderr } = await lockstep('heal', 'plain/app');
  t.same([exitCode, stderr], [0, ''], stdout);
  t.match(stdout, 'Secret plain/app is corrected, as a new version: LINK');
  t.match(stdout, /no consumer is restarted, because lockstep runs with --max-action Warn/);
  t.same(await plain.stored(), inBytes({ ...STALE, LINK: 'https://shop.example/' }));
});
