import { execa } from 'execa';
import t from 'tap';
import { secretAuditEntries } from '../helpers/api/audit-log.ts';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { anExternalTeam } from '../helpers/cluster/external-team.ts';
import { base64 } from '../helpers/cluster/team.ts';
import { installPolicies } from '../helpers/cluster/versioned-secret.ts';
import { GOOD } from '../helpers/engine/engine.ts';
import { installExternalSecrets } from '../testbed/cluster/external-secrets.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { entryPoint } from '../testbed/lockstep/release.ts';
import { until } from '../testbed/process/until.ts';

// G14: a PushSecret copies a rotated value from the Secret into the store.
const { cluster } = await aClusterWithLockstep(t, { controllers: true });
const operator = await installExternalSecrets(cluster);
const controller = await (await installController(cluster)).start('controller');
const rotate = { schedule: '0 4 1 1 *' };
await installPolicies(cluster, {
  app: { match: { names: ['app'] }, keys: { KEY: { sensitive: true, generate: { length: 32 }, rotate } } },
});

for (const field of ['data', 'stringData'] as const)
  t.test(
    `G14 ${field}: a PushSecret has the value of a rotation, and the Secret gets one write`,
    async (t) => {
      const team = await anExternalTeam(cluster);
      const { namespace } = team;
      const has = (what: string, is: () => Promise<boolean>) =>
        until(what, [operator, controller.daemon], is);
      const keyOf = async (name: string) => (await team.stored(name))?.values.KEY;
      const metadata = { name: 'app', annotations: { 'lockstep.dev/generate': 'true' } };
      const values = { KEY: field === 'data' ? base64(GOOD.other) : GOOD.other };
      await team.run('apply --server-side -f -', {
        input: { apiVersion: 'v1', kind: 'Secret', metadata, [field]: values },
      });
      await team.store({ UNUSED: 'x' });
      const match = { secretKey: 'KEY', remoteRef: { remoteKey: 'KEY' } };
      const spec = {
        refreshInterval: '1s',
        secretStoreRefs: [{ kind: 'SecretStore', name: namespace }],
        selector: { secret: { name: 'app' } },
        data: [{ match }],
      };
      const push = {
        apiVersion: 'external-secrets.io/v1alpha1',
        kind: 'PushSecret',
        metadata: { name: 'app' },
        spec,
      };
      await team.run('apply -f -', { input: push });
      await team.fetch('copy', ['KEY']);
      await has('the copy', async () => (await keyOf('copy')) === GOOD.other);

      await execa(process.execPath, [entryPoint(), 'rotate', `${namespace}/app`, '--key', 'KEY'], {
        env: { KUBECONFIG: cluster.kubeconfig },
      });
      const rotated = await keyOf('app');
      t.not(rotated, GOOD.other);
      await has('the rotated value in the copy', async () => (await keyOf('copy')) === rotated);
      await team.refreshed('copy', 4);
      t.equal(await keyOf('app'), rotated);
      const writes = (await secretAuditEntries(cluster))
        .filter(
          ({ objectRef, verb }) => objectRef?.name === 'app' && !['get', 'list', 'watch'].includes(verb),
        )
        .filter(({ objectRef }) => objectRef?.namespace === namespace)
        .map(({ user, verb }) => `${user.username.split(':').at(-1)} ${verb}`);
      // The values, and then the fields for their owners.
      t.same(writes.slice(1), ['lockstep-controller patch', 'lockstep-controller patch']);
      t.comment(`G14 ${field} PushSecret: ${writes.length - 1} writes of the Secret after its first`);
    },
  );
