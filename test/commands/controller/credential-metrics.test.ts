import t from 'tap';
import { credentialMetrics } from '../../../src/commands/controller/credential-metrics.ts';
import { fanOut } from '../../../src/controllers/domain-event.ts';
import { GOOD } from '../../helpers/engine/engine.ts';
import { aLoginWorld } from '../../helpers/login/login-world.ts';

/** A world in which each call takes a second, with its metrics. */
function aWatchedWorld(options: Parameters<typeof aLoginWorld>[0] = {}) {
  let clock = 0;
  const ends: string[] = [];
  const windows: number[] = [];
  const verdicts = new Set<string>();
  const world = aLoginWorld({
    ...options,
    meanwhile: () => {
      clock += 500;
    },
  });
  const subscriber = credentialMetrics({
    metrics: {
      recordLogin: (verdict) => verdicts.add(verdict),
      recordChange: (cause, end) => ends.push(`${cause} ${end}`),
      recordLoginUnavailable: (milliseconds) => windows.push(milliseconds),
    },
    now: () => clock,
  });
  world.override({ emit: fanOut(world.deps.emit, subscriber) });
  return { world, ends, windows, verdicts, subscriber };
}

t.test('counts a single-user change once, with the time without a login', async (t) => {
  const { world, ends, windows, verdicts } = aWatchedWorld();
  await world.rest();
  t.same([ends, windows], [[], []], 'a login that is in step is none');
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested succeeded']);
  t.equal(windows.length, 1);
  t.ok(windows.every((milliseconds) => milliseconds > 0));
  t.same([...verdicts], ['ok']);
});

t.test('counts no time without a login for alternating users', async (t) => {
  const { world, ends, windows } = aWatchedWorld({ strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested succeeded']);
  t.same(windows, []);
});

t.test('counts no time without a login after an edit, where the Secret changes first', async (t) => {
  const { world, ends, windows, verdicts } = aWatchedWorld();
  await world.rest();
  world.edit('POSTGRES_PASSWORD', GOOD.other);
  await world.rest();
  t.same(ends, ['edited succeeded']);
  t.same(windows, []);
  t.ok(verdicts.has('password-refused'));
});

t.test('counts both times of a change that is rolled back because a consumer is not healthy', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.failAt(2);
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested rolled-back']);
  t.equal(windows.length, 2);
});

t.test('counts a change that was refused before it began', async (t) => {
  const { world, ends, windows } = aWatchedWorld();
  await world.rest();
  world.refuse();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.same(ends, ['requested refused']);
  t.same(windows, []);
});

t.test('counts a change that was forgotten in the middle by its end', async (t) => {
  const { world, ends, subscriber } = aWatchedWorld();
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.step();
  subscriber({ kind: 'secret-deleted', secret: { namespace: 'recon', name: 'reconciliation-secrets' } });
  await world.rest();
  t.same(ends, ['requested succeeded']);
});

/** A rotation and an edit that is rolled back, with everything that the metrics counted. */
async function counted(disturb: (world: ReturnType<typeof aLoginWorld>) => void = () => {}) {
  const { world, ends, windows, verdicts } = aWatchedWorld();
  disturb(world);
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  world.failAt(3);
  world.wish({ kind: 'rotate' });
  await world.rest();
  const { events } = world;
  return { events, counts: { ends, unavailable: windows.length, verdicts: [...verdicts] } };
}

t.test('the events decide what is counted, and not the calls of a port', async (t) => {
  const { events, counts: expected } = await counted();
  t.same(expected.ends, ['requested succeeded', 'requested rolled-back']);
  t.equal(expected.unavailable, 3);
  const replay = aWatchedWorld();
  for (const event of events) replay.subscriber(event);
  const { ends, windows, verdicts } = replay;
  t.same(
    { ends, unavailable: windows.length, verdicts: [...verdicts] },
    expected,
    'the events alone, without any port',
  );
  const { counts: doubled } = await counted((world) => {
    const { secrets, records, databases } = world.deps;
    world.override({
      secrets: {
        read: async (ref) => {
          await secrets.read(ref);
          return await secrets.read(ref);
        },
      },
      records: {
        read: async (ref) => {
          await records.read(ref);
          return await records.read(ref);
        },
        write: async (ref, record, version) =>
          await records.write(ref, record, await records.write(ref, record, version)),
      },
      databases: {
        tryLogin: async (target, credential) => {
          await databases.tryLogin(target, credential);
          return await databases.tryLogin(target, credential);
        },
        openServer: async (...args) => {
          const server = await databases.openServer(...args);
          return {
            ...server,
            setPassword: async (...change) => {
              await server.setPassword(...change);
              await server.setPassword(...change);
            },
          };
        },
      },
    });
  });
  t.same(doubled, expected, 'doubled calls');
  const { counts: reordered } = await counted((world) => {
    const { secrets, records } = world.deps;
    let recordRead = Promise.resolve<unknown>(undefined);
    world.override({
      records: {
        read: (ref) => {
          const reading = records.read(ref);
          recordRead = reading;
          return reading;
        },
      },
      // The Secret is read only after its record.
      secrets: {
        read: async (ref) => {
          await Promise.resolve();
          await recordRead;
          return await secrets.read(ref);
        },
      },
    });
  });
  t.same(reordered, expected, 'reordered reads');
});
