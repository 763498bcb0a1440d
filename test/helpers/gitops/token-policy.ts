import type { Team } from '../cluster/team.ts';
import { aSecretPolicy } from '../policy/secret-policy.ts';
import type { World } from './world.ts';

const settings = { derive: { template: 'name=${NAME} region=${REGION}' } };
/** In `app`, TOKEN can be rotated and SETTINGS can be healed. Neither belongs to a database. */
const KEYS = {
  app: {
    NAME: {},
    REGION: {},
    TOKEN: { recommended: true, sensitive: true, generate: { length: 32 } },
    SETTINGS: { required: true, ...settings },
  },
  owned: { NAME: {}, REGION: {}, SETTINGS: settings },
};
const POLICIES = {
  apiVersion: 'v1',
  kind: 'List',
  items: Object.entries(KEYS).map(([name, keys]) =>
    aSecretPolicy(name, { match: { names: [name] }, heal: 'Always', keys }),
  ),
};

export const TOKEN = 'Vq7mT2xLr9KcW4nB8sZdVq7mT2xLr9Kc';
export const PLACE = { NAME: 'shop', REGION: 'north' };
export const SETTINGS = 'name=shop region=north';

export async function installTokenPolicy({ cluster, webhook }: World): Promise<void> {
  await cluster.apply(POLICIES);
  // The webhook writes the condition.
  if (webhook === 'is silent') return;
  const wait = ['wait', '--for=condition=Ready', 'secretpolicy', '--all', '--timeout=60s'];
  await cluster.mustRun(wait);
}

export const valuesOf = async (team: Team): Promise<Readonly<Record<string, string>>> =>
  (await team.stored('app'))?.values ?? {};

/** Resolves when the controller has generated, derived and recorded all that it will. */
export const untilSettled = (world: World, team: Team): Promise<void> =>
  world.until(`the keys of ${team.namespace}`, async () => {
    const { TOKEN, SETTINGS } = await valuesOf(team);
    const record = await team.stored('lockstep-record-app');
    return TOKEN !== undefined && SETTINGS !== undefined && record !== undefined;
  });

/** The changes that lockstep makes to a Secret between two syncs. */
export const EVENTS: Readonly<Record<string, (world: World, team: Team) => Promise<void>>> = {
  'a rotation': async (world, team) => {
    const before = (await valuesOf(team)).TOKEN;
    await succeeds(world, 'rotate', `${team.namespace}/app`, '--key', 'TOKEN');
    await world.until('the new token', async () => (await valuesOf(team)).TOKEN !== before);
  },
  'a heal': async (world, team) => {
    await world.unseen(() => edit(team, { SETTINGS: 'name=shop region=south' }));
    await world.until('the healed key', async () => (await valuesOf(team)).SETTINGS === SETTINGS);
  },
  'a rollback': async (world, team) => {
    const before = (await valuesOf(team)).TOKEN;
    await EVENTS['a rotation']?.(world, team);
    await succeeds(world, 'rollback', `${team.namespace}/app`);
    await world.until('the old token', async () => (await valuesOf(team)).TOKEN === before);
  },
};

export const edit = (team: Team, stringData: Readonly<Record<string, string>>) =>
  team.run(`patch secret app -p ${JSON.stringify({ stringData }).replaceAll(' ', '\\u0020')}`);

async function succeeds({ lockstep }: World, ...words: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await lockstep(...words);
  if (exitCode !== 0) throw new Error(`lockstep ${words.join(' ')}: ${stdout}${stderr}`);
}
