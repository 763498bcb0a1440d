import t from 'tap';
import { aCanary } from '../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { anExternalTeam } from '../helpers/cluster/external-team.ts';
import { aManifest, NAME, withData } from '../helpers/cluster/team.ts';
import { GOOD, STORY_URL } from '../helpers/engine/engine.ts';
import { fluxOn } from '../helpers/gitops/flux.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { FIELDS } from '../helpers/gitops/world.ts';
import { installExternalSecrets } from '../testbed/cluster/external-secrets.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { until } from '../testbed/process/until.ts';

// Statements of docs/tasks/external-secrets.md: Flux writes a Secret, and External Secrets merges one key into it.
const row = aTable(t, ['G19', 'field', 'writes of three syncs']);
const { cluster } = await aClusterWithLockstep(t, { controllers: true });
const operator = await installExternalSecrets(cluster);
const controller = await (await installController(cluster)).start('controller');
const fluxIn = fluxOn(t, cluster);

/** In Git too. The operator copies its annotations, so `kubectl apply` would leave one that Flux removes at each sync. */
const merging = (namespace: string): object => ({
  apiVersion: 'external-secrets.io/v1',
  kind: 'ExternalSecret',
  metadata: { name: NAME },
  spec: {
    refreshInterval: '1s',
    secretStoreRef: { kind: 'SecretStore', name: namespace },
    target: { creationPolicy: 'Merge' },
    data: [{ secretKey: 'TOKEN', remoteRef: { key: 'TOKEN' } }],
  },
});

for (const field of FIELDS)
  t.test(`G19: ${field}: Flux and creationPolicy Merge rest, and lockstep only validates`, async (t) => {
    const team = await anExternalTeam(cluster);
    const flux = fluxIn(team.namespace);
    const git = (different = {}) =>
      field === 'data' ? withData(aManifest(different)) : aManifest(different);
    const token = aCanary();
    t.match(await flux.sync([git()]), { writes: 1, error: undefined });
    t.equal(
      (await team.stored())?.values.DATABASE_URL,
      STORY_URL,
      'derived before the operator knows the Secret',
    );
    await team.store({ TOKEN: token });
    const external = merging(team.namespace);
    t.match(await flux.sync([git(), external]), { writes: 1, error: undefined });
    const merged = async () => (await team.stored())?.values.TOKEN === token;
    await until('the merged key', [operator, controller.daemon], merged);
    const before = await team.stored();
    let writes = 0;
    for (let sync = 0; sync < 3; sync += 1) {
      await team.refreshed(NAME, 1);
      writes += (await flux.sync([git(), external])).writes;
    }
    t.equal(writes, 0);
    t.same(await team.stored(), before);
    row('steady', field, writes);

    const { error, writes: none } = await flux.sync([git({ POSTGRES_PASSWORD: GOOD.other }), external]);
    t.match(error, /DATABASE_URL[\s\S]*\[lockstep\/mismatch\]/);
    t.equal(none, 0);
    t.notMatch(error, GOOD.other);
    t.same((await team.stored())?.values, before?.values);
  });
