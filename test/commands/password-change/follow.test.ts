import t from 'tap';
import { type FollowChangeNeeds, followChange } from '../../../src/commands/password-change/follow.ts';
import { storedWaitStatus, type WaitStatus } from '../../../src/engine/login/status/wait-status.ts';
import type { ChangeRequest } from '../../../src/engine/secret/record/login-record.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const QUIET: WaitStatus = { notReadyReason: undefined, waitingFor: undefined };

/** Follows a change request that a controller executes on a server in memory. */
async function followed(
  world: ReturnType<typeof aLoginWorld>,
  wish: ChangeRequest,
  needs: Partial<FollowChangeNeeds> = {},
) {
  await world.rest();
  world.wish(wish);
  const from = world.record();
  if (from === undefined) throw new Error('there is no record');
  const said: string[] = [];
  let clock = 0;
  const end = await followChange(PLACE, from, {
    readRecord: () => world.deps.records.read(PLACE),
    isLed: async () => true,
    waitStatus: async () => QUIET,
    print: (line) => said.push(line),
    pause: async (milliseconds) => {
      clock += milliseconds;
      world.pass(milliseconds);
      await world.step();
    },
    clock: () => clock,
    timeout: 60_000,
    system: undefined,
    ...needs,
  });
  return { end, said };
}

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const)
  t.test(`${strategy}: a change request is followed to its end`, async (t) => {
    const world = aLoginWorld({ strategy });
    const { end, said } = await followed(world, { kind: 'rotate' }, { timeout: 600_000 });
    t.same(end, { kind: 'changed' });
    t.ok(said.some((line) => line.startsWith('rollout: ')));
    t.ok(world.isOpen());
  });

t.test('a login that moves to the record of another Secret ends it', async (t) => {
  const world = aLoginWorld();
  const moved = async () => {
    const lookup = await world.deps.records.read(PLACE);
    return lookup.kind === 'read' ? { ...lookup, record: { ...lookup.record, login: undefined } } : lookup;
  };
  t.same((await followed(world, { kind: 'rotate' }, { readRecord: moved })).end, { kind: 'unchanged' });
});

t.test('explains an end without a change', async (t) => {
  const same = await followed(aLoginWorld(), { kind: 'from-secret' });
  t.same(same.end, { kind: 'unchanged' });
  const lost = await followed(aLoginWorld(), { kind: 'rollback', to: 99 });
  t.same(lost.end, { kind: 'refused', reason: 'version 99 has no password that can be restored' });
  const refusing = aLoginWorld();
  refusing.refuse();
  t.match((await followed(refusing, { kind: 'rotate' })).end, { kind: 'refused' });
  const failing = aLoginWorld();
  failing.failAt(2);
  t.match((await followed(failing, { kind: 'rotate' })).end, { kind: 'undone', reason: /Deployment\/api/ });
  t.ok(failing.isOpen());
  const unknown = aLoginWorld({ admin: false });
  await unknown.rest();
  unknown.alter('recon', 'of somebody else, whom nobody knows');
  t.match((await followed(unknown, { kind: 'from-secret' })).end, {
    kind: 'diverged',
    reason: /no administrator/,
  });
});

t.test('stops with a reason after a long time without progress', async (t) => {
  const idle = async (): Promise<void> => {};
  let clock = 0;
  const still = {
    pause: idle,
    clock: () => {
      clock += 1000;
      return clock;
    },
  };
  const waits = async (): Promise<WaitStatus> => ({
    notReadyReason: undefined,
    waitingFor: 'nothing listens at db:5432',
  });
  const waiting = await followed(aLoginWorld(), { kind: 'rotate' }, { ...still, waitStatus: waits });
  t.same(waiting.end, { kind: 'stopped', sentence: 'nothing listens at db:5432', isOpen: true });
  t.same(waiting.said, ['waiting: nothing listens at db:5432'], 'a reason is printed once');
  t.match((await followed(aLoginWorld(), { kind: 'rotate' }, still)).end, {
    sentence: 'there was no progress for a long time',
  });
  const trouble = async (): Promise<WaitStatus> => ({
    notReadyReason: 'there is no Secret admin',
    waitingFor: undefined,
  });
  t.match((await followed(aLoginWorld(), { kind: 'rotate' }, { ...still, waitStatus: trouble })).end, {
    sentence: 'there is no Secret admin',
  });
  const absent = async () => ({ kind: 'absent' }) as const;
  t.match((await followed(aLoginWorld(), { kind: 'rotate' }, { readRecord: absent })).end, {
    sentence: /its record is gone/,
  });
});

t.test('shows the status of the PostgresCredential to the waiting user', async (t) => {
  const stored = (status: object): WaitStatus =>
    storedWaitStatus({ metadata: { generation: 2 }, status: { observedGeneration: 2, ...status } });
  t.same(storedWaitStatus(undefined), QUIET);
  t.same(
    stored({
      waitingFor: 'the role a; waiting: b still has sessions',
      conditions: [{ type: 'Ready', status: 'True', message: 'fine' }],
    }),
    { notReadyReason: undefined, waitingFor: 'the role a; waiting: b still has sessions' },
  );
  t.same(
    stored({
      conditions: [
        { type: 'Ready', status: 'False', message: 'there is no Secret admin' },
        { type: 'Synced', status: 'Unknown', reason: 'Unreachable', message: 'nothing listens' },
      ],
    }),
    { notReadyReason: 'there is no Secret admin', waitingFor: 'nothing listens' },
  );
  t.same(
    stored({ waitingFor: 7, conditions: [{ type: 'Ready', status: 'False', message: 7 }, null] }),
    QUIET,
  );
  t.same(stored({ observedGeneration: 1, waitingFor: 'sessions' }), QUIET, 'it is about an older spec');
});
