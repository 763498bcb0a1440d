import fc from 'fast-check';
import pg from 'pg';
import t from 'tap';
import { connect } from '../../src/kube/connect.ts';
import { readSecret } from '../../src/kube/stored-secrets.ts';
import { aManifest } from '../helpers/consumers.ts';
import { aTeam } from '../helpers/credential/team.ts';
import { aWorld } from '../helpers/credential/world.ts';
import { lockstep, planAndDeed } from '../helpers/plan-and-deed.ts';
import { aVersionedSecret } from '../helpers/versions.ts';

// What a dry run says, and what the command then does, on a real API server and a real PostgreSQL server. The command does all by itself: no controller runs.
const world = await aWorld(t);
const { cluster, postgres } = world;
const { kubeconfig } = cluster;
const api = connect({ kubeconfig });
const RUNS = { numRuns: 10, endOnFailure: true };
const HEALS = ['Always', 'Off'] as const;
const ACTIONS = ['Enforce', 'Warn'] as const;

/** Chosen by a label of the namespace. */
await cluster.kubectl(['apply', '-f', '-'], {
  input: {
    apiVersion: 'v1',
    kind: 'List',
    items: HEALS.flatMap((heal) =>
      [true, false].flatMap((restart) =>
        ACTIONS.map((action) => ({
          apiVersion: 'lockstep.dev/v1alpha1',
          kind: 'SecretPolicy',
          metadata: { name: `h-${heal.toLowerCase()}-r-${restart}-${action.toLowerCase()}` },
          spec: {
            match: {
              names: ['app'],
              namespaceSelector: { matchLabels: { policy: `${heal}-${restart}-${action}` } },
            },
            action,
            heal,
            restart,
            keys: {
              API_PASSWORD: { sensitive: true, minLength: 8 },
              API_URL: { derive: { template: 'postgresql://app:${API_PASSWORD}@db/app' } },
              TOKEN: { sensitive: true, minLength: 8, generate: { bytes: 32 } },
            },
          },
        })),
      ),
    ),
  },
  orThrow: true,
});

const policy = fc.record({
  heal: fc.constantFrom(...HEALS),
  restart: fc.boolean(),
  action: fc.constantFrom(...ACTIONS),
});
const PASSWORDS = ['Vq7mT2xLr9KcW4nB8sZd', 'h3JfPz6RyD1gXw5EuNaQ'];
const urlOf = (password: string): string => `postgresql://app:${password}@db/app`;
const values = fc
  .record(
    {
      API_PASSWORD: fc.constantFrom(...PASSWORDS),
      API_URL: fc.constantFrom(...PASSWORDS.map(urlOf)),
      TOKEN: fc.constantFrom('zW8rTq2LmXv5', 'CHANGE_ME', ''),
      FLAG: fc.constantFrom('on', 'off'),
    },
    { requiredKeys: ['API_PASSWORD'] },
  )
  .map((texts) => texts as Readonly<Record<string, string>>);

const env = (key: string) => ({ env: [{ name: key, valueFrom: { secretKeyRef: { name: 'app', key } } }] });
const CONSUMERS = {
  url: aManifest('Deployment', 'url', env('API_URL')),
  all: aManifest('Deployment', 'all', { envFrom: [{ secretRef: { name: 'app' } }] }),
  flag: aManifest('StatefulSet', 'flag', env('FLAG'), { serviceName: 'flag' }),
  cron: aManifest('CronJob', 'cron', env('API_URL')),
};
const consumers = fc.subarray(Object.keys(CONSUMERS) as (keyof typeof CONSUMERS)[]);

let count = 0;
const nextNamespace = (): string => `plan-${++count}`;

t.test('a rollback does what its dry run said', async (t) => {
  const situation = fc.record({
    policy,
    consumers,
    versions: fc.array(values, { minLength: 2, maxLength: 3 }),
    force: fc.boolean(),
    kind: fc.constantFrom('plain', 'plain', 'plain', 'plain', 'plain', 'owned', 'immutable'),
  });
  await fc.assert(
    fc.asyncProperty(situation, async ({ policy: { heal, restart, action }, versions, force, ...rest }) => {
      const namespace = nextNamespace();
      const app = await aVersionedSecret(cluster, namespace);
      await cluster.kubectl(['label', 'namespace', namespace, `policy=${heal}-${restart}-${action}`], {
        orThrow: true,
      });
      for (const texts of versions)
        await app.hold(
          Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text)])),
        );
      if (rest.kind === 'owned')
        await app.kubectl(['annotate', 'secret', 'app', 'reconcile.external-secrets.io/data-hash=1']);
      if (rest.kind === 'immutable')
        await app.kubectl(['patch', 'secret', 'app', '-p', '{"immutable":true}']);
      const items = rest.consumers.map((name) => CONSUMERS[name]);
      if (items.length > 0)
        await app.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items });
      const args = ['rollback', `${namespace}/app`, '--to', '1', ...(force ? ['--force'] : [])];
      const { place } = app;
      const { plan, deed, printed } = await planAndDeed(
        { place, kubeconfig, verifier: async () => '' },
        args,
      );
      t.same(plan, deed, printed.join('\n---\n'));
    }),
    RUNS,
  );
});

const verifierOf = (role: string) => async (): Promise<string> => {
  const rows = await postgres.sql(
    `SELECT rolpassword FROM pg_authid WHERE rolname = ${pg.escapeLiteral(role)}`,
  );
  return String(rows[0]?.rolpassword);
};

t.test('a rollback and a rotation of a login do what their dry run said, server included', async (t) => {
  const situation = fc.record({
    admin: fc.boolean(),
    restart: fc.boolean(),
    pods: fc.constantFrom(0, 1),
    edits: fc.array(fc.record({ password: fc.boolean(), flag: fc.boolean(), server: fc.boolean() }), {
      minLength: 1,
      maxLength: 2,
    }),
    command: fc.constantFrom('rollback', 'rollback', 'rotate', 'as-written'),
    force: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(situation, async ({ admin, restart, pods, edits, command, force }) => {
      const namespace = nextNamespace();
      const spec = { consumers: { restart } };
      const team = await aTeam(world, namespace, { admin, pods, spec });
      const name = `${namespace}/app`;
      const quick = ['--propagation', '1s'];
      // Proves the login, and begins the record.
      const first = await lockstep(kubeconfig, ['rotate', name, ...quick]);
      t.equal(first.exitCode, 0, first.stdout);
      for (const [index, edit] of edits.entries()) {
        const password = `${PASSWORDS[index]}-${count}`;
        const url = (await team.secret()).DATABASE_URL ?? '';
        const texts = {
          ...(edit.password && {
            POSTGRES_PASSWORD: password,
            DATABASE_URL: url.replace(/:[^:@]*@/, `:${password}@`),
          }),
          ...(edit.flag && { FLAG: `${index}` }),
        };
        if (Object.keys(texts).length > 0) await team.edit(texts);
        const held = await readSecret(api, team.place);
        const now = held?.secret.data.get('POSTGRES_PASSWORD')?.look(({ text }) => text) ?? '';
        if (edit.server) await postgres.sql(`ALTER ROLE ${team.role} PASSWORD ${pg.escapeLiteral(now)}`);
      }
      const args = {
        rollback: ['rollback', name, '--to', '1', ...(force ? ['--force'] : []), ...quick],
        rotate: ['rotate', name, ...quick],
        'as-written': ['rotate', name, '--as-written', ...quick],
      }[command];
      const { place } = team;
      const verifier = verifierOf(team.role);
      const { plan, deed, printed } = await planAndDeed({ place, kubeconfig, verifier }, args);
      t.same(plan, deed, printed.join('\n---\n'));
    }),
    RUNS,
  );
});
