import { readFile } from 'node:fs/promises';
import t from 'tap';
import { aCluster } from '../../helpers/cluster/cluster.ts';
import { aTeam, base64, NAME, type Team } from '../../helpers/cluster/team.ts';
import { GOOD, STORY, STORY_URL } from '../../helpers/engine/engine.ts';
import { installController } from '../../testbed/lockstep/controller.ts';
import { until } from '../../testbed/process/until.ts';

// No webhook answers: the inconsistent Secrets below are stored as they are.
const cluster = await aCluster(t);
const controllers = await installController(cluster);
await cluster.mustRun(['delete', 'mutatingwebhookconfiguration,validatingwebhookconfiguration', 'lockstep']);
const policy = await readFile('manifests/policies/reconciliation.yaml', 'utf8');
await cluster.apply(policy.replace('heal: Drift', 'heal: Always'));

const INCONSISTENT = { ...STORY, POSTGRES_PASSWORD: GOOD.other, DATABASE_URL: STORY_URL };

async function aTeamWithSecret(): Promise<Team> {
  const team = await aTeam(cluster);
  const data = Object.fromEntries(Object.entries(INCONSISTENT).map(([key, text]) => [key, base64(text)]));
  await team.run('create -f -', {
    input: { apiVersion: 'v1', kind: 'Secret', metadata: { name: NAME }, data },
  });
  return team;
}

t.test('the controller neither corrects nor records the Secrets of an excluded namespace', async (t) => {
  const [excluded, included] = [await aTeamWithSecret(), await aTeamWithSecret()];
  await excluded.run('create -f -', {
    input: {
      apiVersion: 'lockstep.dev/v1alpha1',
      kind: 'PostgresCredential',
      metadata: { name: 'login' },
      spec: { secretName: NAME },
    },
  });
  const before = await excluded.stored();
  const controller = await controllers.start('controller', {
    LOCKSTEP_EXCLUDED_NAMESPACES: excluded.namespace,
  });
  const healed = STORY_URL.replace(GOOD.password, GOOD.other);
  const isHealed = async () => (await included.stored())?.values.DATABASE_URL === healed;
  await until('a correction in the other namespace', [controller.daemon], isHealed);

  const status = async () =>
    (await excluded.run('get postgrescredential login -o jsonpath={.status.conditions[*].reason}')).stdout;
  await until('the status of the login', [controller.daemon], async () => (await status()) !== '');
  t.match(await status(), 'Excluded');
  t.same(await excluded.stored(), before);
  t.equal((await excluded.run('get secrets -o name')).stdout, `secret/${NAME}\n`, 'no record');
  const ofSecrets = await excluded.run('get events -o name --field-selector=involvedObject.kind=Secret');
  t.equal(ofSecrets.stdout, '');
});
