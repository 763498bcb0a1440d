import { execa } from 'execa';
import t from 'tap';
import { parse } from 'yaml';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { anExternalTeam, type ExternalTeam } from '../helpers/cluster/external-team.ts';
import { NAME } from '../helpers/cluster/team.ts';
import { aCreate, GOOD, mutated, STORY, writtenValues } from '../helpers/engine/engine.ts';
import { installExternalSecrets } from '../testbed/cluster/external-secrets.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { entryPoint } from '../testbed/lockstep/release.ts';
import { until } from '../testbed/process/until.ts';

const { cluster, lockstep } = await aClusterWithLockstep(t, { controllers: true });
const operator = await installExternalSecrets(cluster);
const controller = await (await installController(cluster)).start('controller');

const has = (what: string, is: () => Promise<boolean>) =>
  until(what, [operator, controller.daemon, ...lockstep.replicas().map(({ daemon }) => daemon)], is);

const HARD = [
  'p@ss/w+rd %',
  'a b+c%20d',
  '%41%zz%',
  ":/?#[]@!$&'()*+,;=",
  '"quoted" \\back\\ `ticks`',
  '{{ .POSTGRES_USER }} $value ${X}',
  '<a>&amp;|^~-._',
].map((text) => `${text}${GOOD.password}`);

t.test('G14: the printed template derives byte for byte what lockstep would', async (t) => {
  const args = [entryPoint(), 'render', '--external-secret', '--policy', 'reconciliation'];
  const { stdout } = await execa(process.execPath, args);
  const { target } = parse(stdout).spec;
  const results = await Promise.all(
    HARD.map(async (password) => {
      const team = await anExternalTeam(cluster);
      const fetched = { ...STORY, POSTGRES_PASSWORD: password };
      await team.store(fetched);
      await team.fetch(NAME, Object.keys(fetched), { target });
      await has('the Secret', async () => (await team.ready(NAME)).status === 'True');
      await team.refreshed(NAME, 2);
      return { fetched, stored: (await team.stored())?.values };
    }),
  );
  for (const { fetched, stored } of results) {
    const { DATABASE_URL = '' } = writtenValues(mutated(aCreate(fetched)));
    t.match(DATABASE_URL, /^postgresql:/);
    t.same(stored, { ...fetched, DATABASE_URL });
  }
});

const LOGIN = {
  POSTGRES_USER: 'shop',
  POSTGRES_PASSWORD: 'p@ss/w+rd %Vq7mT2xLr9Kc',
  POSTGRES_DB: 'orders',
  POSTGRES_HOST: 'db',
};
const ASKING = { 'lockstep.dev/derived-secret': 'true' };

const urlOf = (login: typeof LOGIN): string =>
  `postgresql://shop:${encodeURIComponent(login.POSTGRES_PASSWORD)}@db:5432/orders`;

const sibling = async (team: ExternalTeam) => (await team.stored('app-derived'))?.values;

for (const [where, asking] of Object.entries({
  'the annotations of the template': { target: { template: { metadata: { annotations: ASKING } } } },
  'the annotations of the ExternalSecret': { annotations: ASKING },
}))
  t.test(`G14: a sibling, asked for in ${where}, follows the store and goes with the Secret`, async (t) => {
    const team = await anExternalTeam(cluster);
    await team.store(LOGIN);
    await team.fetch('app', Object.keys(LOGIN), asking);
    await has('the sibling', async () => (await sibling(team)) !== undefined);
    t.same(await sibling(team), { DATABASE_URL: urlOf(LOGIN) });

    const changed = { ...LOGIN, POSTGRES_PASSWORD: GOOD.other };
    await team.store(changed);
    await has('the new URL', async () => (await sibling(team))?.DATABASE_URL === urlOf(changed));
    await team.refreshed('app', 2);
    t.same((await team.stored('app'))?.values, changed);
    t.same(await sibling(team), { DATABASE_URL: urlOf(changed) });

    // The garbage collector asks for new kinds, as ExternalSecret is here, every half minute.
    await team.run('delete externalsecret app');
    await has('the Secret is gone', async () => (await team.stored('app')) === undefined);
    await has('the sibling is gone', async () => (await sibling(team)) === undefined);
  });
