import t from 'tap';
import { run } from '../../../src/commands/program.ts';
import { canarySearcher } from '../../helpers/canary/canary.ts';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aManifest, fromKey } from '../../helpers/cluster/consumers.ts';
import {
  aVersionedSecret,
  canaries,
  type LockstepResult,
  type VersionedSecret,
} from '../../helpers/cluster/versioned-secret.ts';
import { aShell } from '../../helpers/commands/commands.ts';
import { aSecretPolicy } from '../../helpers/policy/secret-policy.ts';
import { type ControllerReplica, installController } from '../../testbed/lockstep/controller.ts';
import { installLockstep } from '../../testbed/lockstep/lockstep.ts';
import { until } from '../../testbed/process/until.ts';

// A forced version stays until a client changes the data or the command refuses. A leading controller heals, and later
// a webhook validates.
const cluster = await aCluster(t, { controllers: true, nodes: 1 });
const controllers = await installController(cluster);
const { values: secrets, printed, text } = canaries();

async function lockstep(...args: readonly string[]): Promise<LockstepResult> {
  const shell = aShell();
  const exitCode = await run([...args, '--kubeconfig', cluster.kubeconfig], shell);
  printed.push(shell.printed.stdout, shell.printed.stderr);
  return { exitCode, ...shell.printed };
}

await cluster.apply(
  aSecretPolicy('app', {
    match: { names: ['app'] },
    heal: 'Always',
    restart: true,
    keys: {
      POSTGRES_PASSWORD: { sensitive: true, minLength: 8 },
      DATABASE_URL: { derive: { template: 'postgresql://app:${POSTGRES_PASSWORD}@db/app' } },
      TOKEN: { sensitive: true, minLength: 8 },
    },
  }),
);

const urlOf = (password: Buffer): Buffer => Buffer.from(`postgresql://app:${password.toString()}@db/app`);

/**
 * Versions 1 and 4 are right. In version 2 the URL is stale, and in version 3 the token is a placeholder. One
 * Deployment reads the Secret.
 */
async function aTeam(namespace: string) {
  const app = await aVersionedSecret(cluster, namespace);
  const [one, two, three, four] = [text(), text(), text(), text()];
  const TOKEN = text();
  await app.hold({ POSTGRES_PASSWORD: one, DATABASE_URL: urlOf(one), TOKEN });
  const stale = { POSTGRES_PASSWORD: two, DATABASE_URL: urlOf(one), TOKEN };
  await app.hold(stale);
  const placeholder = {
    POSTGRES_PASSWORD: three,
    DATABASE_URL: urlOf(three),
    TOKEN: Buffer.from('CHANGE_ME'),
  };
  await app.hold(placeholder);
  const right = { POSTGRES_PASSWORD: four, DATABASE_URL: urlOf(four), TOKEN };
  await app.hold(right);
  const api = aManifest('Deployment', 'api', fromKey('DATABASE_URL'));
  await app.kubectl(['apply', '-f', '-'], api);
  return { ...app, stale, placeholder, right };
}

interface Told {
  readonly version: number;
  readonly reason: string;
  readonly forced?: boolean;
  readonly except?: readonly string[];
}

async function versionsOf({ place }: VersionedSecret): Promise<readonly Told[]> {
  const { stdout } = await lockstep('history', `${place.namespace}/app`, '-o', 'json');
  return JSON.parse(stdout).versions.slice(-3);
}

const rollback = (
  { place }: VersionedSecret,
  to: number,
  ...flags: readonly string[]
): Promise<LockstepResult> => lockstep('rollback', `${place.namespace}/app`, '--to', String(to), ...flags);

async function leader(name: string): Promise<ControllerReplica> {
  const replica = await controllers.lead(name);
  return replica;
}

/** The commands that a message prints, each on a line of its own. */
const commandsIn = (text: string): readonly (readonly string[])[] =>
  [...text.matchAll(/^ {2}((?:kubectl|lockstep) .*)$/gm)].map(([, command = '']) =>
    [...command.matchAll(/(?:[^\s']|'[^']*')+/g)].map(([word]) => word.replaceAll("'", '')),
  );

t.test('keeps a forced stale URL through healing and another leader, until the next write', async (t) => {
  const app = await aTeam('stale');
  const first = await leader('first');
  const unforced = await rollback(app, 2);
  t.match(unforced, { exitCode: 1, stdout: /--force/ });
  t.match(unforced.stdout, /nothing was written\n$/);
  t.match(await rollback(app, 2, '--force', '--dry-run'), { exitCode: 0 });
  const forced = await rollback(app, 2, '--force');
  t.match(forced, { exitCode: 0, stdout: /all consumers are rolled out\n$/ });
  t.same(await app.stored(), app.stale);
  t.equal(await first.daemon.stop('SIGTERM'), 0);

  const second = await leader('second');
  // The resync has included this Secret once another one is healed.
  const fence = await aVersionedSecret(cluster, 'zz-fence');
  await fence.hold(app.stale);
  await until('another Secret is healed', [second.daemon], async () =>
    (await versionsOf(fence)).some(({ reason }) => reason === 'healed'),
  );
  t.same(await app.stored(), app.stale);
  t.match((await versionsOf(app)).at(-1), { version: 5, reason: 'rolled-back', to: 2, forced: true });
  t.match((await lockstep('history', 'stale/app')).stdout, /rolled back to 2, forced/);

  await app.kubectl(['patch', 'secret', 'app', '-p', '{"stringData":{"FLAG":"on"}}']);
  await until('the next write is healed', [second.daemon], async () =>
    (await versionsOf(app)).some(({ reason }) => reason === 'healed'),
  );
  t.match(
    (await versionsOf(app)).map(({ reason }) => reason),
    ['rolled-back', 'changed', 'healed'],
  );
  t.equal(await second.daemon.stop('SIGTERM'), 0);
});

t.test('forces one version after another while a controller leads', async (t) => {
  const app = await aTeam('twice');
  const replica = await leader('twice');
  t.match(await rollback(app, 2, '--force'), { exitCode: 0 });
  t.match(await rollback(app, 3, '--force'), { exitCode: 0 });
  t.same(await app.stored(), app.placeholder);
  t.match(await rollback(app, 2, '--force'), { exitCode: 0 });
  t.same(await app.stored(), app.stale);
  t.match(
    (await versionsOf(app)).map(({ version, reason, forced }) => [version, reason, forced]),
    [
      [5, 'rolled-back', true],
      [6, 'rolled-back', true],
      [7, 'rolled-back', true],
    ],
  );
  t.equal(await replica.daemon.stop('SIGTERM'), 0);
});

t.test('reports what the API server itself stores instead, before and after', async (t) => {
  const app = await aTeam('altered');
  const group = 'admissionregistration.k8s.io/v1';
  await app.kubectl(['apply', '-f', '-'], {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: group,
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: 'inject' },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['secrets'] },
            ],
          },
          matchConditions: [{ name: 'app', expression: "object.metadata.name == 'app'" }],
          reinvocationPolicy: 'Never',
          mutations: [
            {
              patchType: 'JSONPatch',
              jsonPatch: {
                expression: '[JSONPatch{op: "add", path: "/data/INJECTED", value: "b24="}]',
              },
            },
          ],
        },
      },
      {
        apiVersion: group,
        kind: 'MutatingAdmissionPolicyBinding',
        metadata: { name: 'inject' },
        spec: {
          policyName: 'inject',
          matchResources: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'altered' } },
          },
        },
      },
    ],
  });
  const replica = await leader('altered');
  await until('the policy counts', [], async () =>
    /makes something else of INJECTED/.test((await rollback(app, 1, '--dry-run')).stdout),
  );
  const back = await rollback(app, 1);
  t.match(back, { exitCode: 0, stdout: /^a webhook makes something else of INJECTED$/m });
  t.match((await versionsOf(app)).at(-1), {
    reason: 'rolled-back',
    to: 1,
    forced: false,
    except: ['INJECTED'],
  });
  t.match((await lockstep('history', 'altered/app')).stdout, /rolled back to 1, except INJECTED/);
  t.equal(await replica.daemon.stop('SIGTERM'), 0);
});

t.test('asks the webhook beforehand, and explains how to pass it', async (t) => {
  const denied = await aTeam('denied');
  const corrected = await aTeam('corrected');
  const webhook = await installLockstep(cluster);
  const replica = await leader('last');
  for (const [app, to, reason] of [
    [denied, 3, /^lockstep's webhook denies what version 3 was/m],
    [corrected, 2, /^lockstep's webhook would correct DATABASE_URL in it/m],
  ] as const) {
    const rehearsed = await rollback(app, to, '--force', '--dry-run');
    const unforced = await rollback(app, to);
    const real = await rollback(app, to, '--force');
    for (const { exitCode, stdout } of [rehearsed, unforced, real]) {
      t.equal(exitCode, 1);
      t.match(stdout, reason);
      t.notMatch(stdout, 'stores it nevertheless', '--force alone would be refused');
      t.notMatch(stdout, /from the manifest|e\.g\. openssl/, 'a rollback has no manifest');
      t.match(stdout, /nothing was written\n$/);
      t.same(commandsIn(stdout).length, 3);
    }
    t.same(await app.stored(), app.right);
    t.match((await versionsOf(app)).at(-1), { version: 4, reason: 'changed' });

    for (const [program, ...args] of commandsIn(unforced.stdout))
      t.match(await (program === 'lockstep' ? lockstep(...args) : cluster.kubectl(args)), { exitCode: 0 });
    t.notMatch(await app.kubectl(['get', 'secret', 'app', '-o', 'yaml']), 'break-glass');
    t.same(await app.stored(), to === 3 ? app.placeholder : app.stale);
    t.match((await versionsOf(app)).at(-1), { version: 5, reason: 'rolled-back', to, forced: true });
  }
  t.equal(await replica.daemon.stop('SIGTERM'), 0);
  // A controller writes this version, and its writes pass no webhook.
  const login = await aVersionedSecret(cluster, 'login');
  const right = { POSTGRES_USER: Buffer.from('app'), POSTGRES_PASSWORD: text(), TOKEN: text() };
  await webhook.stop('SIGTERM');
  await login.hold({ ...right, TOKEN: Buffer.from('CHANGE_ME') });
  await login.hold({ ...right, POSTGRES_PASSWORD: text() });
  await login.kubectl(['apply', '-f', '-'], {
    apiVersion: 'lockstep.dev/v1alpha1',
    kind: 'PostgresCredential',
    metadata: { name: 'app' },
    spec: { secretName: 'app', server: { host: '127.0.0.1', port: 1 } },
  });
  await webhook.start();
  for (const flags of [['--dry-run'], []]) {
    const { exitCode, stdout } = await rollback(login, 1, '--force', ...flags);
    t.equal(exitCode, 1);
    t.match(stdout, 'data[TOKEN]: is a placeholder [lockstep/placeholder]');
    t.equal(commandsIn(stdout).length, 3);
    t.match(stdout, /nothing was written\n$/);
  }
  t.equal((await login.record()).login?.changeRequest, undefined);
  await webhook.stop('SIGTERM');
});

t.test('prints no part of a value', async (t) => {
  t.same(canarySearcher(secrets)(printed.join('\n')), []);
});
