import t from 'tap';
import { writeChangeRequest } from '../../../src/commands/password-change/write-request.ts';
import type { RecordPort } from '../../../src/controllers/ports.ts';
import { openSecretSession, type SecretSession } from '../../../src/controllers/secret-session/open.ts';
import type { ChangeRequest } from '../../../src/engine/record/login-record.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const REF = { namespace: 'recon', name: 'reconciliation-secrets' };
const ROTATE = { kind: 'rotate' } as const;

const outage = (): LockstepError => new LockstepError('CLUSTER_TIMEOUT', ['https://api', 'writing']);
const conflict = (): LockstepError => new LockstepError('CLUSTER_CONFLICT', ['writing']);

type Write = RecordPort['write'];

/** Writes a request into the record of a login, in which `failing` replaces the write. */
async function requested(
  failing: (write: Write, tries: number) => Write,
  request: ChangeRequest = ROTATE,
  world = aLoginWorld(),
  prepare = world.rest,
) {
  await prepare();
  let opened = 0;
  let tries = 0;
  const { records } = world.deps;
  const deps = {
    ...world.deps,
    records: {
      ...records,
      write: (...args: Parameters<Write>) => {
        tries += 1;
        return failing(records.write, tries)(...args);
      },
    },
  };
  const open = (): Promise<SecretSession> => {
    opened += 1;
    return openSecretSession(REF, { credentials: [], needsRecord: true }, deps);
  };
  const result = await writeChangeRequest(await open(), request, {
    open,
    roleIn: () => APP,
    system: undefined,
    print: () => {},
    pause: async () => {},
    clock: () => 0,
    timeout: 60_000,
  }).then(
    ({ login }) => login?.changeRequest?.kind,
    (error) => error.code ?? error.message,
  );
  return { result, tries, readings: opened - 1, world };
}

const storedRequest = (world: ReturnType<typeof aLoginWorld>) => world.record()?.login?.changeRequest?.kind;

t.test('writes the request from a new reading after each conflict', async (t) => {
  const { result, tries, readings, world } = await requested((write, tries) => async (...args) => {
    if (tries === 1) throw conflict();
    return await write(...args);
  });
  t.same([result, storedRequest(world), tries, readings], ['rotate', 'rotate', 2, 1]);
});

t.test('reads once after a lost answer, and writes again from that reading', async (t) => {
  const { result, tries, readings, world } = await requested((write, tries) => async (...args) => {
    if (tries <= 3) throw outage();
    return await write(...args);
  });
  t.same([result, storedRequest(world)], ['rotate', 'rotate']);
  t.same([tries, readings], [4, 3]);
});

t.test('does not request a second change if only the answer was lost', async (t) => {
  const { result, tries, readings, world } = await requested((write) => async (...args) => {
    await write(...args);
    throw outage();
  });
  t.same([result, storedRequest(world)], ['rotate', 'rotate']);
  t.same([tries, readings], [1, 1]);
});

t.test('writes a rollback again if only the change in progress has moved on', async (t) => {
  const world = aLoginWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.step();
  t.ok(world.record()?.login?.change, 'a change is in progress');
  const moveOn = (): void =>
    world.note((record) => ({ ...record, requestedKeys: [...record.requestedKeys, 'OTHER'] }));
  const { result, tries } = await requested(
    (write, tries) =>
      async (...args) => {
        if (tries > 1) return await write(...args);
        moveOn();
        throw outage();
      },
    { kind: 'rollback', to: 1 },
    world,
    async () => {},
  );
  t.same([result, storedRequest(world), tries], ['rollback', 'rollback', 2]);
});

t.test('ends with the outage after ten lost answers, and not with a conflict', async (t) => {
  const { result, tries, readings, world } = await requested(() => async () => {
    throw outage();
  });
  t.equal(result, 'LOCKSTEP_CLUSTER_TIMEOUT');
  t.same([tries, readings], [10, 10]);
  t.equal(storedRequest(world), undefined);
});

t.test('ends with the conflict after ten conflicts, also if an answer was lost before', async (t) => {
  const { result, tries } = await requested((_write, tries) => async () => {
    throw tries === 1 ? outage() : conflict();
  });
  t.equal(result, 'LOCKSTEP_CLUSTER_CONFLICT');
  t.equal(tries, 10);
});

t.test('does not repeat a write that is refused', async (t) => {
  const { result, tries } = await requested(() => async () => {
    throw new LockstepError('RECORD_REFUSED', ['recon/reconciliation-secrets', 'a quota']);
  });
  t.same([result, tries], ['LOCKSTEP_RECORD_REFUSED', 1]);
});
