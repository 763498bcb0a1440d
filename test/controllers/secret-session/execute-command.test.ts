import t from 'tap';
import { openSecretSession } from '../../../src/controllers/secret-session/open.ts';
import type { OwnChangeReason, SecretData } from '../../../src/engine/secret/record/record.ts';
import { Sensitive } from '../../../src/engine/secret/sensitive.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { withDeps } from '../../helpers/controllers/reconciler-deps.ts';
import { aSecretWorld, Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, STORY, withHeal } from '../../helpers/engine/engine.ts';

// A command writes a Secret while a controller works on the same record.

const REF = { namespace: 'recon', name: 'reconciliation-secrets' };
const BACK: OwnChangeReason = { kind: 'rolled-back', to: 1 };

type World = ReturnType<typeof aSecretWorld>;
type Patch = World['deps']['secrets']['patch'];
type WriteRecord = World['deps']['records']['write'];

interface Faults {
  readonly patch?: (patch: Patch, world: World) => Patch;
  /** `tries` counts the writes of the record by the command, from 1. */
  readonly record?: (write: WriteRecord, tries: number, world: World) => WriteRecord;
}

/** A Secret with two versions, of which a command writes the first one again. */
async function rolledBack({ patch = (own) => own, record = (own) => own }: Faults = {}) {
  const world = aSecretWorld({ policies: withHeal('Drift') });
  world.write(aSecret({ ...STORY, NOTE: 'first' }));
  await world.settle();
  world.edit('NOTE', 'second');
  await world.settle();
  const { secrets, records } = world.deps;
  let tries = 0;
  const deps = withDeps(world.deps, {
    secrets: { writer: 'lockstep', patch: patch(secrets.patch, world) },
    records: {
      write: (...args: Parameters<WriteRecord>) => {
        tries += 1;
        return record(records.write, tries, world)(...args);
      },
    },
  });
  const session = await openSecretSession(REF, { credentials: [], needsRecord: true }, deps);
  const data: SecretData = new Map([
    ...session.observed.secret.data,
    ['NOTE', Sensitive.fromText('first')] as const,
  ]);
  const result = await session.execute({ data, why: BACK, record: session.record() }).then(
    ({ secret }) => textOf(secret.data, 'NOTE'),
    (error) => error.message,
  );
  return { world, result, tries, session };
}

const whys = (world: World) => world.record()?.versions.map(({ why, by }) => `${why.kind} ${by}`);
const note = (world: World) => textOf(world.held()?.secret.data, 'NOTE');
const pending = (world: World) => world.record()?.pending;
const BEFORE = ['seen kubectl-replace', 'changed kubectl-edit'];

t.test('writes record, Secret, record, and each once', async (t) => {
  const { world, result, tries, session } = await rolledBack();
  t.same([result, note(world), tries], ['first', 'first', 2]);
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.equal(pending(world), undefined);
  t.equal(session.record(), world.record());
});

t.test('stages again if a controller has written the record', async (t) => {
  const { world, result, tries } = await rolledBack({
    record:
      (write, tries, world) =>
      (...args) => {
        if (tries === 1) world.note((record) => ({ ...record, requestedKeys: ['JWT_SECRET'] }));
        return write(...args);
      },
  });
  t.same([result, tries], ['first', 3]);
  t.same(world.record()?.requestedKeys, ['JWT_SECRET'], 'the write of the controller stays');
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
});

t.test('gives up if another write has begun', async (t) => {
  const { world, result, tries } = await rolledBack({
    record:
      (write, _tries, world) =>
      (...args) => {
        world.note((record) => ({
          ...record,
          pending: {
            number: 3,
            time: new Date(0),
            by: 'lockstep-controller',
            why: { kind: 'healed' },
            keys: [],
            data: new Map(),
            baseResourceVersion: undefined,
          },
        }));
        return write(...args);
      },
  });
  t.match(result, /^someone else changed it at the same time while writing/);
  t.same([note(world), tries], ['second', 1]);
  t.match(pending(world), { by: 'lockstep-controller' });
});

t.test('accepts that a controller was first with its data', async (t) => {
  const { world, result } = await rolledBack({
    patch:
      (patch) =>
      async (...args) => {
        await patch(...args);
        return await patch(...args);
      },
  });
  t.equal(result, 'first');
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.equal(world.patches.length, 1);
});

t.test('accepts that a controller was first, and that a webhook stored something else', async (t) => {
  const { world, result } = await rolledBack({
    patch:
      (patch) =>
      async (was, { set, remove }) => {
        await patch(was, { set: new Map([...set, ['INJECTED', Sensitive.fromText('ok')]]), remove });
        return await patch(was, { set, remove });
      },
  });
  t.equal(result, 'first');
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.match(world.record()?.versions.at(-1)?.why, { except: ['INJECTED'] });
});

t.test('accepts that a controller has settled the version, as a webhook has changed it', async (t) => {
  const { world, result } = await rolledBack({
    patch: (patch, world) => async (was, edit) => {
      const altered = {
        ...edit,
        set: new Map([...edit.set, ['INJECTED', Sensitive.fromText('ok')] as const]),
      };
      const { patch: plain } = world.deps.secrets;
      world.override({ secrets: { patch: (held) => plain(held, altered) } });
      await world.step();
      world.override({ secrets: { patch: plain } });
      return await patch(was, edit);
    },
  });
  t.equal(result, 'first');
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.match(world.record()?.versions.at(-1)?.why, { except: ['INJECTED'] });
  t.equal(pending(world), undefined);
});

t.test('does not write a version that a controller has settled', async (t) => {
  const { world, result, tries } = await rolledBack({
    record:
      (write, tries, world) =>
      async (...args) => {
        if (tries === 2) await world.step();
        return await write(...args);
      },
  });
  t.same([result, tries], ['first', 2]);
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.equal(pending(world), undefined);
});

t.test('discards the pending version after a lost race, and names the race', async (t) => {
  const { world, result } = await rolledBack({
    patch:
      (patch, world) =>
      (...args) => {
        world.edit('NOTE', 'theirs');
        return patch(...args);
      },
  });
  t.match(
    result,
    /^someone else changed it at the same time while rolling back Secret recon\/reconciliation-secrets/,
  );
  t.same([note(world), pending(world)], ['theirs', undefined]);
  t.same(whys(world), BEFORE);
});

t.test('discards the pending version after a refusal, also if the record can not be written', async (t) => {
  const refuse = async (): Promise<never> => {
    throw new LockstepError('SECRET_REFUSED', ['recon/reconciliation-secrets', 'a webhook says no']);
  };
  const refused = await rolledBack({ patch: () => refuse });
  t.match(refused.result, /a webhook says no/);
  t.equal(pending(refused.world), undefined);
  const away = await rolledBack({
    patch: () => refuse,
    record: (write, tries) => (tries === 2 ? outage : write),
  });
  t.match(away.result, /a webhook says no/, 'the first error explains the end');
  t.match(pending(away.world), { why: BACK });
});

const outage = async (): Promise<never> => {
  throw new LockstepError('CLUSTER_TIMEOUT', ['https://api', 'writing']);
};

t.test('answers for the values that a webhook stored instead of its own', async (t) => {
  const { world, result } = await rolledBack({
    patch:
      (patch) =>
      (observed, { set, remove }) =>
        patch(observed, { set: new Map([...set, ['NOTE', Sensitive.fromText('altered')] as const]), remove }),
  });
  t.equal(result, 'altered');
  t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
  t.match(world.record()?.versions.at(-1)?.why, { kind: 'rolled-back', to: 1, except: ['NOTE'] });
});

t.test('a controller completes what a crash left, after each of the three writes', async (t) => {
  const crash = async (): Promise<never> => {
    throw new Crash();
  };
  const wait = 120_000;
  const staged = await rolledBack({ patch: () => crash });
  t.same([note(staged.world), pending(staged.world)?.why], ['second', BACK]);
  staged.world.pass(wait);
  await staged.world.settle();
  const written = await rolledBack({ record: (write, tries) => (tries === 2 ? crash : write) });
  t.same([note(written.world), pending(written.world)?.why], ['first', BACK]);
  await written.world.settle();
  for (const { world } of [staged, written]) {
    t.equal(note(world), 'first');
    t.same(whys(world), [...BEFORE, 'rolled-back lockstep']);
    t.equal(pending(world), undefined);
  }
});
