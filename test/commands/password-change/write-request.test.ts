import t from 'tap';
import {
  type WriteRequestNeeds,
  writeChangeRequest,
} from '../../../src/commands/password-change/write-request.ts';
import type { LoadedSecret } from '../../../src/commands/secret-session/load-secret.ts';
import { permissionsFor } from '../../../src/engine/permissions/permissions.ts';
import { policySet } from '../../../src/engine/policy/set.ts';
import { LockstepError } from '../../../src/errors.ts';
import { builtins } from '../../helpers/engine/engine.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';

const REF = { namespace: 'recon', name: 'reconciliation-secrets' };
const ROTATE = { kind: 'rotate' } as const;

const outage = (): LockstepError => new LockstepError('CLUSTER_TIMEOUT', ['https://api', 'writing']);
const conflict = (): LockstepError => new LockstepError('CLUSTER_CONFLICT', ['writing']);

type Write = WriteRequestNeeds['writeRecord'];

/** Writes a request into the record of a login, in which `failing` replaces the write. */
async function requested(failing: (write: Write, tries: number) => Write) {
  const world = aLoginWorld();
  await world.rest();
  let loads = 0;
  let tries = 0;
  const printed: string[] = [];
  const load = async (): Promise<LoadedSecret> => {
    loads += 1;
    const [observed, lookup] = await Promise.all([
      world.deps.secrets.read(REF),
      world.deps.records.read(REF),
    ]);
    if (observed === undefined || lookup.kind !== 'read') throw new Error('there is no Secret or no record');
    const { record, resourceVersion } = lookup;
    const permissions = permissionsFor(observed.secret, undefined, policySet(builtins), world.deps.context);
    return { observed, permissions, record, resourceVersion };
  };
  const write: Write = (record, version) => world.deps.records.write(REF, record, version);
  const first = await load();
  const result = await writeChangeRequest(first, ROTATE, {
    load,
    writeRecord: (record, version) => {
      tries += 1;
      return failing(write, tries)(record, version);
    },
    roleIn: () => APP,
    print: (line) => printed.push(line),
    pause: async () => {},
    clock: () => 0,
    timeout: 60_000,
  }).then(
    ({ login }) => login?.changeRequest?.kind,
    (error) => error.code ?? error.message,
  );
  return { result, tries, readings: loads - 1, printed, world };
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
