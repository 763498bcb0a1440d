import t, { type Test } from 'tap';
import { aDisturbedController, MOMENTS, STRATEGIES } from '../helpers/credential/disturbed-controller.ts';
import { finalState } from '../helpers/credential/final-state.ts';
import type { Team, Texts } from '../helpers/credential/team.ts';
import { aWorld, untilInStep } from '../helpers/credential/world.ts';
import { type FluxIgnore, type FluxSync, fluxOn } from '../helpers/gitops/flux.ts';
import { aTable } from '../helpers/gitops/table.ts';
import { FIELDS, type Field } from '../helpers/gitops/world.ts';
import { until } from '../testbed/process/until.ts';

// G16 of docs/tasks/flux.md: Flux syncs before, between and after both writes of a password change, on a real server.
const world = await aWorld(t);
const { cluster, postgres } = world;
const fluxIn = fluxOn(t, cluster);
const { stepHooks: hooks, controller, team: aTeam } = await aDisturbedController(t, world);

const GIT_PASSWORD = 'Wq5nX8rT2kZ7mB4vJ9pLs6Dc';
/** What has changed in Git since the sync before. */
const CHANGES: Readonly<Record<string, Texts>> = {
  nothing: {},
  'another key': { GREETING: 'hello' },
  'the password': { POSTGRES_PASSWORD: GIT_PASSWORD },
};

const IGNORE: FluxIgnore = [
  {
    paths: ['/data/POSTGRES_USER', '/data/POSTGRES_PASSWORD', '/data/DATABASE_URL'],
    target: { kind: 'Secret', name: 'app' },
  },
];

type Strategy = (typeof STRATEGIES)[number];

interface Try {
  readonly strategy: Strategy;
  readonly field: Field;
  readonly moment: keyof typeof MOMENTS;
  readonly change: string;
  readonly ignore: FluxIgnore;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** The Secret as Git holds it: without the derived key. */
function inGit({ DATABASE_URL, ...base }: Texts, field: Field): object {
  const encode = field === 'data' ? base64 : (text: string) => text;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'app' },
    [field]: Object.fromEntries(Object.entries(base).map(([key, value]) => [key, encode(value)])),
  };
}

const restartsOf = async (team: Team): Promise<number> => (await team.deployment()).metadata.generation;

async function reasonsOf({ place }: Team): Promise<readonly string[]> {
  const { items } = (await cluster.request(`/api/v1/namespaces/${place.namespace}/events`)).json();
  return items.map(({ reason }: { readonly reason: string }) => reason);
}

const row = aTable(t, [
  'G16',
  'strategy',
  'changed in Git',
  'field',
  'spec.ignore',
  'writes',
  'password',
  'restarts',
]);

async function outcome(t: Test, tried: Try, namespace: string): Promise<void> {
  const { strategy, field, moment, change, ignore } = tried;
  const isIgnored = ignore.length > 0;
  const label = `${strategy}, ${moment}, ${change}${isIgnored ? ', spec.ignore' : ''}`;
  const team = await aTeam(namespace, { strategy, pods: 1 });
  const flux = fluxIn(namespace);
  const before = await team.secret();
  t.equal((await flux.sync([inGit(before, field)], { ignore })).error, undefined);
  await untilInStep(team, [controller.daemon]);
  const restarts = await restartsOf(team);
  const git = inGit({ ...before, ...CHANGES[change] }, field);
  let synced: FluxSync | undefined;
  hooks.at(namespace, MOMENTS[moment], async () => {
    synced = await flux.sync([git], { ignore });
  });
  await team.requestChange({ kind: 'rotate' });
  await until(`the sync ${label}`, [controller.daemon], async () => synced !== undefined);
  const { kind, misses, sentence } = await finalState(team, postgres, [controller.daemon]);
  t.equal(synced?.error, undefined, label);
  t.match({ kind, misses }, { kind: 'in step', misses: [] }, `${label}: ${sentence}`);

  const { POSTGRES_PASSWORD: password = '', GREETING } = await team.secret();
  const names = { [before.POSTGRES_PASSWORD ?? '']: 'earlier', [GIT_PASSWORD]: 'of Git' };
  const has = names[password] ?? 'new';
  const isBack = moment === 'after' || moment === 'at the end';
  const written = change === 'the password' ? 'of Git' : isBack ? 'earlier' : 'new';
  t.equal(has, isIgnored ? 'new' : written, label);
  t.equal(GREETING, CHANGES[change]?.GREETING, label);
  const reasons = await reasonsOf(team);
  t.equal(reasons.includes('ValueReverted'), has === 'earlier', `${label}: ${reasons}`);
  const more = (await restartsOf(team)) - restarts;
  // One restart for the rotation, and at most one for what the sync brought.
  t.ok(more <= (has === 'new' && change === 'nothing' ? 1 : 2), `${label}: ${more} restarts`);
  row(moment, strategy, change, field, isIgnored ? 'yes' : 'no', synced?.writes ?? 0, has, more);
}

let namespaces = 0;
function inEachMoment(strategy: Strategy, field: Field, change: string, ignore: FluxIgnore): void {
  const how = ignore.length > 0 ? ', with spec.ignore' : '';
  t.test(`G16: ${strategy}, ${field}: a sync in each moment, ${change} has changed${how}`, async (t) => {
    const moments = Object.keys(MOMENTS) as (keyof typeof MOMENTS)[];
    await Promise.all(
      moments.map((moment) => {
        namespaces += 1;
        return outcome(t, { strategy, field, moment, change, ignore }, `g16-${namespaces}`);
      }),
    );
  });
}

for (const strategy of STRATEGIES)
  for (const field of FIELDS)
    for (const ignore of [[], IGNORE] as const)
      for (const change of strategy === 'SingleUser' ? Object.keys(CHANGES) : ['nothing'])
        inEachMoment(strategy, field, change, ignore);
