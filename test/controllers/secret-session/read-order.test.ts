import t from 'tap';
import { openSecretSession } from '../../../src/controllers/secret-session/open.ts';
import type { SecretData } from '../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD, STORY, STORY_URL, withHeal } from '../../helpers/engine/engine.ts';

// Secret and record are two objects, so another client may write both between the two reads. A record that is newer
// than its Secret would make the old data of the Secret look like the write of another client.

const REF = { namespace: 'recon', name: 'reconciliation-secrets' };
const STALE_URL = STORY_URL.replace(GOOD.password, GOOD.other);

type World = ReturnType<typeof aSecretWorld>;

const whys = (world: World) => world.record()?.versions.map(({ why }) => why.kind);
const url = (world: World) => textOf(world.held()?.secret.data, 'DATABASE_URL');

/** A controller has settled this Secret. A forced rollback gives it a stale URL. */
async function aHealedSecret(): Promise<World> {
  const world = aSecretWorld({ policies: withHeal('Always') });
  world.write(aSecret({ ...STORY, DATABASE_URL: STORY_URL }));
  await world.settle();
  return world;
}

async function rollBackByForce({ deps }: World): Promise<void> {
  const command = withDeps(deps, { secrets: { writer: 'lockstep' } });
  const session = await openSecretSession(REF, { credentials: [], needsRecord: true }, command);
  const data: SecretData = new Map([
    ...session.observed.secret.data,
    ['DATABASE_URL', Sensitive.fromText(STALE_URL)] as const,
  ]);
  const why = { kind: 'rolled-back', to: 1, forced: true } as const;
  await session.execute({ data, why, record: session.record() });
}

/** The next read of the record answers after a forced rollback, and a read of the Secret that is under way does not. */
function rollBackBeforeRecordIsRead(world: World): void {
  const { read } = world.deps.records;
  let isFirst = true;
  world.override({
    records: {
      read: async (ref) => {
        const before = isFirst;
        isFirst = false;
        if (before) await rollBackByForce(world);
        return await read(ref);
      },
    },
  });
}

t.test('a controller keeps a version that was forced between its two reads', async (t) => {
  const world = await aHealedSecret();
  rollBackBeforeRecordIsRead(world);
  await world.settle();
  t.same(whys(world), ['seen', 'rolled-back']);
  t.equal(url(world), STALE_URL);
});

t.test('a command takes such a version for what it is', async (t) => {
  const world = await aHealedSecret();
  rollBackBeforeRecordIsRead(world);
  const session = await openSecretSession(REF, { credentials: [], needsRecord: true }, world.deps);
  t.same(
    session.record().versions.map(({ why }) => why.kind),
    ['seen', 'rolled-back'],
  );
});

t.test('a command that lost the race leaves no version of the data from before', async (t) => {
  const world = await aHealedSecret();
  const command = withDeps(world.deps, { secrets: { writer: 'lockstep' } });
  const session = await openSecretSession(REF, { credentials: [], needsRecord: true }, command);
  await rollBackByForce(world);
  const data: SecretData = new Map([
    ...session.observed.secret.data,
    ['JWT_SECRET', Sensitive.fromText(GOOD.refresh)] as const,
  ]);
  const write = { data, why: { kind: 'rolled-back', to: 1 } as const, record: session.record() };
  await t.rejects(session.execute(write), { code: 'LOCKSTEP_CLUSTER_CONFLICT' });
  t.same(whys(world), ['seen', 'rolled-back']);
  await world.settle();
  t.equal(url(world), STALE_URL);
});
