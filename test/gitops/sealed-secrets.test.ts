import { execa } from 'execa';
import t, { type Test } from 'tap';
import { secretAuditEntries } from '../helpers/api/audit-log.ts';
import { aCanary, canarySearcher } from '../helpers/canary/canary.ts';
import { aClusterWithLockstep } from '../helpers/cluster/cluster.ts';
import { aTeam, NAME, type Team } from '../helpers/cluster/team.ts';
import { GOOD, STORY, STORY_URL } from '../helpers/engine/engine.ts';
import { installSealedSecrets } from '../testbed/cluster/sealed-secrets.ts';
import { installController } from '../testbed/lockstep/controller.ts';
import { entryPoint } from '../testbed/lockstep/release.ts';
import { until } from '../testbed/process/until.ts';

// G13: the controller of Sealed Secrets owns the Secret.
const { cluster, lockstep } = await aClusterWithLockstep(t, { controllers: true });
const controller = await (await installController(cluster)).start('controller');
const { daemon: operator, seal } = await installSealedSecrets(cluster);

type Texts = Readonly<Record<string, string>>;

const RIGHT: Texts = { ...STORY, DATABASE_URL: STORY_URL };
const STALE: Texts = { ...RIGHT, POSTGRES_PASSWORD: GOOD.other };
const placeholder = `change-me-${aCanary()}`;

const has = (what: string, is: () => Promise<boolean>) =>
  until(what, [operator, controller.daemon, ...lockstep.replicas().map(({ daemon }) => daemon)], is);

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** As a person seals it: a manifest with the values in that field. */
const sealed = ({ namespace }: Team, field: 'data' | 'stringData', values: Texts): Promise<object> => {
  const entries = Object.entries(values).map(([key, text]) => [key, field === 'data' ? base64(text) : text]);
  return seal({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: NAME, namespace },
    [field]: Object.fromEntries(entries),
  });
};

const sync = (team: Team, input: object) => team.run('apply -f -', { input });

/**
 * `sealed-secrets update 200` for each request that writes the Secret. The controller follows each creation by an update
 * that changes nothing.
 */
async function writesOf({ namespace }: Team): Promise<readonly string[]> {
  const entries = await secretAuditEntries(cluster);
  return entries
    .filter(({ objectRef, verb }) => objectRef?.name === NAME && !['get', 'list', 'watch'].includes(verb))
    .filter(({ objectRef }) => objectRef?.namespace === namespace)
    .map(
      ({ user, verb, responseStatus }) =>
        `${user.username.split(':').at(-1)} ${verb} ${responseStatus?.code}`,
    );
}

const writesSince = async (team: Team, before: readonly string[]) =>
  (await writesOf(team)).slice(before.length);

interface Told {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

async function statusOf(
  team: Team,
): Promise<{ readonly generation: number; readonly synced: Told | undefined }> {
  const { stdout } = await team.run(`get sealedsecret ${NAME} -o json`);
  const { metadata, status = {} } = JSON.parse(stdout);
  const isCurrent = status.observedGeneration === metadata.generation;
  const synced = isCurrent ? status.conditions?.find(({ type }: Told) => type === 'Synced') : undefined;
  return { generation: metadata.generation, synced };
}

const isSynced = async (team: Team) => (await statusOf(team)).synced?.status === 'True';

const eventsIn = async ({ namespace }: Team): Promise<readonly { reason: string; message: string }[]> =>
  (await cluster.request(`/api/v1/namespaces/${namespace}/events`)).json().items;

/** The same seals again, and a restart of the controller, which looks at each SealedSecret. */
async function steady(t: Test, team: Team, seals: object): Promise<void> {
  const before = [await writesOf(team), await team.stored()];
  let differences = 0;
  for (let syncs = 0; syncs < 5; syncs++) {
    await sync(team, seals);
    const { exitCode } = await team.kubectl('diff -f -', { input: seals });
    if (exitCode !== 0) differences += 1;
  }
  t.same([await writesOf(team), await team.stored()], before);
  t.equal(differences, 0);
  t.comment(`G13 five syncs: 0 writes of the Secret, ${differences} differences`);
}

for (const field of ['data', 'stringData'] as const) {
  t.test(`G13 ${field}: five syncs write nothing, and a new seal is one write`, async (t) => {
    const team = await aTeam(cluster);
    const seals = await sealed(team, field, RIGHT);
    await sync(team, seals);
    await has('the Secret', () => isSynced(team));
    t.same((await team.stored())?.values, RIGHT);
    await steady(t, team, seals);
    const before = await writesOf(team);

    const rotated = { ...RIGHT, JWT_SECRET: aCanary(48) };
    await sync(team, await sealed(team, field, rotated));
    await has('the new value', async () => (await team.stored())?.values.JWT_SECRET === rotated.JWT_SECRET);
    t.same(await writesSince(team, before), ['sealed-secrets update 200']);
    t.comment('G13 new seal: 1 write of the Secret');
  });

  t.test(`G13 ${field}: lockstep rotates no key of it, and names the owner`, async (t) => {
    const team = await aTeam(cluster);
    await sync(team, await sealed(team, field, RIGHT));
    await has('the Secret', () => isSynced(team));
    const before = await writesOf(team);
    const args = [entryPoint(), 'rotate', `${team.namespace}/${NAME}`, '--key', 'JWT_SECRET'];
    const { exitCode, stderr } = await execa(process.execPath, args, {
      env: { KUBECONFIG: cluster.kubeconfig },
      reject: false,
    });
    t.not(exitCode, 0);
    t.match(stderr, new RegExp(`SealedSecret/${NAME}`));
    t.same(await writesSince(team, before), []);
  });

  t.test(`G13 ${field}: a denied seal is tried six times, and its status has the finding`, async (t) => {
    const team = await aTeam(cluster);
    await sync(team, await sealed(team, field, RIGHT));
    await has('the Secret', () => isSynced(team));
    const [before, writes] = [await team.stored(), await writesOf(team)];
    await sync(team, await sealed(team, field, { ...RIGHT, JWT_SECRET: placeholder }));
    const why =
      'admission webhook "validate.lockstep.dev" denied the request: data[JWT_SECRET]: is a placeholder [lockstep/placeholder]: set a generated value before the Secret is sealed';
    await has('the status', async () => (await statusOf(team)).synced?.status === 'False');
    const message = (await statusOf(team)).synced?.message ?? '';
    t.ok(message.startsWith(why), message);
    await has('it gives up', async () =>
      operator
        .log()
        .split('\n')
        .some((line) => line.includes('giving up') && line.includes(`${team.namespace}/`)),
    );
    const denied = await writesSince(team, writes);
    t.same([...new Set(denied)], ['sealed-secrets update 422']);
    t.equal(denied.length, 6);
    const failed = (await eventsIn(team)).filter(({ reason }) => reason === 'ErrUpdateFailed');
    t.ok(failed.length > 0 && failed.every(({ message }) => message.startsWith(why)));
    t.same(await team.stored(), before, 'the Secret is as before');

    const good = { ...RIGHT, JWT_SECRET: aCanary(48) };
    await sync(team, await sealed(team, field, good));
    await has('the next good seal', () => isSynced(team));
    t.same((await team.stored())?.values, good);
    t.same((await writesSince(team, writes)).slice(6), ['sealed-secrets update 200']);
    t.comment(`G13 denied seal: ${denied.length} denied writes, then 1 write`);
  });

  t.test(
    `G13 ${field}: without an answering webhook, the controller reports and changes nothing`,
    async (t) => {
      const team = await aTeam(cluster);
      await lockstep.stop();
      const seals = await sealed(team, field, { ...STALE, JWT_SECRET: placeholder });
      await sync(team, seals);
      await has('the Secret', () => isSynced(team));
      t.equal((await writesOf(team))[0], 'sealed-secrets create 201', 'nothing denied it');
      await steady(t, team, seals);
      const reported = async () => (await eventsIn(team)).some(({ reason }) => reason === 'SecretViolation');
      await has('an Event', reported);
      await lockstep.start();
      await steady(t, team, seals);

      const before = await writesOf(team);
      await sync(team, await sealed(team, field, RIGHT));
      await has('the next good seal', () => isSynced(team));
      t.same(await writesSince(team, before), ['sealed-secrets update 200']);
      t.comment('G13 without webhook: 1 write, then 1 write');
    },
  );
}

t.test('G13: no part of a value is in any output', async (t) => {
  const search = canarySearcher([placeholder]);
  const { stdout: objects } = await cluster.mustRun(['get', 'sealedsecrets', '-A', '-o', 'json']);
  const outputs = {
    'the output of lockstep': lockstep.logs(),
    'the log of its controller': controller.daemon.log(),
    'the log of Sealed Secrets': operator.log(),
    'the audit log': await cluster.auditLog(),
    'all Events': (await cluster.request('/api/v1/events')).text,
    'the status of all SealedSecrets': objects,
  };
  for (const [where, output] of Object.entries(outputs)) {
    t.same(search(output), [], where);
    t.ok(output.length > 0, `${where} is not empty`);
  }
});
