import t from 'tap';
import { type FollowChangeNeeds, followChange } from '../../../src/commands/password-change/follow.ts';
import {
  storedWaitStatus,
  type WaitStatus,
  waitStatusOf,
} from '../../../src/engine/credential/status/wait-status.ts';
import type { ChangeRequest } from '../../../src/engine/record/login-record.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

const PLACE = { namespace: 'recon', name: 'reconciliation-secrets' };
const QUIET: WaitStatus = { notReadyReason: undefined, waitingFor: undefined };

/** Follows a change request on a server in memory. `led`: a controller executes it. */
async function followed(
  world: ReturnType<typeof aLoginWorld>,
  wish: ChangeRequest,
  { led = false, ...needs }: Partial<FollowChangeNeeds> & { readonly led?: boolean } = {},
) {
  await world.rest();
  world.wish(wish);
  const from = world.record();
  if (from === undefined) throw new Error('there is no record');
  const said: string[] = [];
  const phases = new Set<string | undefined>();
  let clock = 0;
  const end = await followChange(PLACE, from, {
    readRecord: () => world.deps.records.read(PLACE),
    isLed: async () => led,
    reconcile: world.step,
    waitStatus: async () => QUIET,
    podsOf: async () => undefined,
    view: {
      update: ({ login }) => phases.add(login?.change?.phase),
      print: (line) => said.push(line),
      hasPrinted: () => false,
      end: () => {},
    },
    pause: async (milliseconds) => {
      clock += milliseconds;
      world.pass(milliseconds);
      if (led) await world.step();
    },
    isStopRequested: () => false,
    clock: () => clock,
    timeout: 60_000,
    ...needs,
  });
  return { end, said, phases };
}

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  for (const led of [false, true]) {
    t.test(
      `${strategy}: a change request is followed to its end, ${led ? 'while a controller executes it' : 'and executed'}`,
      async (t) => {
        const world = aLoginWorld({ strategy });
        const { end } = await followed(world, { kind: 'rotate' }, { led, timeout: 600_000 });
        t.same(end, { kind: 'changed' });
        t.ok(world.isOpen());
      },
    );
  }
}

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

t.test('ends a stopped change only after the consumers can log in', async (t) => {
  const world = aLoginWorld({ strategy: 'SingleUser' });
  let looks = 0;
  const { end, phases } = await followed(
    world,
    { kind: 'rotate' },
    {
      readRecord: async () => {
        looks += 1;
        // The connection breaks at the COMMIT.
        if (looks === 1) {
          world.trouble('lost after');
          await world.step();
          t.notOk(world.isOpen());
        }
        return await world.deps.records.read(PLACE);
      },
      isStopRequested: () => true,
    },
  );
  t.same(end, { kind: 'left', isLed: false });
  t.same([...phases], ['apply', 'rollout']);
  t.ok(world.isOpen(), 'nobody is locked out');
});

t.test('leaves a stopped change to the controller that leads', async (t) => {
  const { end } = await followed(
    aLoginWorld(),
    { kind: 'rotate' },
    { led: true, isStopRequested: () => true },
  );
  t.same(end, { kind: 'left', isLed: true });
});

t.test('stops with a reason after a long time without progress', async (t) => {
  const idle = async (): Promise<void> => {};
  let clock = 0;
  const still = {
    isLed: async () => true,
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
  t.same((await followed(aLoginWorld(), { kind: 'rotate' }, { ...still, waitStatus: waits })).end, {
    kind: 'stopped',
    sentence: 'nothing listens at db:5432',
  });
  const view = { update: () => {}, print: () => {}, hasPrinted: () => true, end: () => {} };
  t.same(
    (await followed(aLoginWorld(), { kind: 'rotate' }, { ...still, waitStatus: waits, view })).end,
    { kind: 'stopped', sentence: 'that took longer than --timeout' },
    'a reason that is printed already is not printed again',
  );
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
  const done = async () => ({ kind: 'done' }) as const;
  t.match((await followed(aLoginWorld(), { kind: 'rotate' }, { reconcile: done })).end, {
    sentence: /no work is left for it/,
  });
  const absent = async () => ({ kind: 'absent' }) as const;
  t.match((await followed(aLoginWorld(), { kind: 'rotate' }, { readRecord: absent })).end, {
    sentence: /its record is gone/,
  });
});

t.test('continues after a conflict, and ends at another error', async (t) => {
  const world = aLoginWorld();
  let conflicts = 3;
  const { end } = await followed(
    world,
    { kind: 'rotate' },
    {
      reconcile: async () => {
        conflicts -= 1;
        if (conflicts > 0) throw new LockstepError('CLUSTER_CONFLICT', ['writing']);
        return await world.step();
      },
    },
  );
  t.same(end, { kind: 'changed' });
  await t.rejects(
    followed(
      aLoginWorld(),
      { kind: 'rotate' },
      {
        reconcile: async () => {
          throw new LockstepError('CLUSTER_REFUSED', ['writing', 'no']);
        },
      },
    ),
    { code: 'LOCKSTEP_CLUSTER_REFUSED' },
  );
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
  t.same(waitStatusOf({ conditions: [], waitsFor: { kind: 'sessions', role: 'app', isNew: false } }), {
    notReadyReason: undefined,
    waitingFor: 'app still has sessions',
  });
});
