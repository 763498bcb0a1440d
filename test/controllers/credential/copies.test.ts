import t from 'tap';
import { advanceRollout } from '../../../src/controllers/secret/rollout.ts';
import type { LoginCopy } from '../../../src/engine/login/credential-schema/stated-spec.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { Crash, textOf } from '../../helpers/controllers/secret-world.ts';
import { aSecret, GOOD, STORY_URL } from '../../helpers/engine/engine.ts';
import { aWorkload, fixedUse } from '../../helpers/engine/workload.ts';
import { crashAtPhase } from '../../helpers/login/crash-at-phase.ts';
import { APP, aLoginWorld } from '../../helpers/login/login-world.ts';
import { fc } from '../../helpers/property.ts';

const SOURCE = 'recon/reconciliation-secrets';
const AGREED = { annotations: new Map([['lockstep.dev/copy-of', SOURCE]]) };

const aCopy = (name: string, keys: LoginCopy['keys'] = { user: 'DB_USER', password: 'DB_PASSWORD' }) => ({
  namespace: 'reports',
  name,
  keys,
});

const WHOLE = aCopy('whole');
/** Without a role, and with a URL. */
const PLAIN = aCopy('plain', { user: 'NONE', password: 'PASSWORD' });

type World = ReturnType<typeof aLoginWorld>;

function aWorldWithCopies(
  copies: readonly LoginCopy[],
  options: Omit<NonNullable<Parameters<typeof aLoginWorld>[0]>, 'spec'> = {},
): World {
  const world = aLoginWorld({ ...options, spec: { copies: [...copies] } });
  for (const { namespace, name, keys } of copies)
    world.write(
      aSecret(
        {
          ...(keys.user !== 'NONE' && { [keys.user]: APP }),
          [keys.password]: GOOD.password,
          URL: STORY_URL,
          OTHER: 'kept',
        },
        { namespace, name, ...AGREED },
      ),
    );
  return world;
}

const valueIn = (world: World, copy: LoginCopy, key: string) => textOf(world.held(copy)?.secret.data, key);

/** Undefined if the copy has the login of the Secret, in each of its keys. */
function faultOf(world: World, copy: LoginCopy): string | undefined {
  const { role, password } = world.written();
  const text = password.withPlaintext((plain) => plain.text);
  if (valueIn(world, copy, copy.keys.password) !== text) return `${copy.name}: another password`;
  if (copy.keys.user !== 'NONE' && valueIn(world, copy, copy.keys.user) !== role)
    return `${copy.name}: another role`;
  if (valueIn(world, copy, 'OTHER') !== 'kept') return `${copy.name}: another key changed`;
  if (valueIn(world, copy, 'URL')?.includes(`//${role}:${text}@`) !== true)
    return `${copy.name}: another URL`;
  return world.isOpen() ? undefined : 'the Secret does not open the server';
}

/** The copy WHOLE has one consumer, a paused Deployment. Its pods have the password from before until it is resumed. */
function pausedConsumer(world: World): { readonly resume: () => void } {
  const { advanceRollout: advance } = world.deps.workloads;
  const web = { isPaused: true, stamp: undefined as string | undefined };
  const workload = () => {
    const olderPods = web.stamp !== undefined && { olderPods: 'it is paused' };
    return aWorkload({
      name: 'web',
      namespace: WHOLE.namespace,
      uses: new Map([[WHOLE.name, fixedUse('DB_PASSWORD')]]),
      versionAnnotation: web.stamp,
      created: new Date(0),
      progress: web.isPaused ? { kind: 'held', reason: 'is paused', ...olderPods } : { kind: 'done' },
    });
  };
  const advanceCopy: typeof advance = (secret, rollout, options) =>
    secret.name !== WHOLE.name
      ? advance(secret, rollout, options)
      : advanceRollout(secret, rollout, {
          workloads: async () => [workload()],
          workload: async () => workload(),
          templateChangedAt: async () => undefined,
          restart: async (_, stamp) => void Object.assign(web, { stamp }),
          now: world.deps.clock.now,
          awaitsOlderPods: options.awaitsOlderPods,
        });
  world.override({ workloads: { advanceRollout: advanceCopy } });
  return { resume: () => void Object.assign(web, { isPaused: false }) };
}

async function passMinutes(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    await world.settle();
    await world.settle(100, world.deps, WHOLE);
    world.pass(60_000);
  }
}

t.test('a login is not retired while a paused consumer of a copy still has it', async (t) => {
  for (const isResumed of [true, false]) {
    const world = aWorldWithCopies([WHOLE], { strategy: 'AlternatingUsers' });
    await world.rest();
    const { resume } = pausedConsumer(world);
    world.wish({ kind: 'rotate' });
    await passMinutes(world, 8);
    t.match(world.record()?.login?.change, { phase: 'rollout' });
    t.equal(world.server.get(APP)?.password, GOOD.password);
    if (isResumed) resume();
    await passMinutes(world, 10);
    const { change, failed } = world.record()?.login ?? {};
    t.equal(change, undefined);
    t.equal(faultOf(world, WHOLE), undefined);
    t.equal(world.written().role, isResumed ? `${APP}_alt` : APP);
    t.equal(world.server.get(APP)?.password, isResumed ? undefined : GOOD.password);
    if (!isResumed)
      t.match(failed, { undone: true, reason: /^Deployment\/web of the copy reports\/whole was not/ });
  }
});

t.test('a password that is replaced in place does not wait for a paused consumer of a copy', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  await world.rest();
  pausedConsumer(world);
  world.wish({ kind: 'rotate' });
  await passMinutes(world, 3);
  t.match(world.record()?.login, { change: undefined, failed: undefined });
  t.equal(faultOf(world, WHOLE), undefined);
});

for (const strategy of ['SingleUser', 'AlternatingUsers'] as const) {
  const copies = strategy === 'SingleUser' ? [WHOLE, PLAIN] : [WHOLE];

  t.test(`a password change writes the copies too, and restarts their consumers: ${strategy}`, async (t) => {
    const world = aWorldWithCopies(copies, { strategy });
    await world.rest();
    t.equal(world.patches.length, 0);
    world.wish({ kind: 'rotate' });
    await world.rest();
    for (const copy of copies) {
      t.equal(faultOf(world, copy), undefined);
      t.match(world.record(copy)?.versions.at(-1)?.why, { kind: 'login', cause: 'requested' });
    }
    t.notOk(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
    t.equal(world.rollouts.length, copies.length + 1);
    t.notOk(world.held(PLAIN)?.secret.data.has('NONE'), 'no key is added');
  });

  t.test(`a change that a consumer of a copy can't take up is undone everywhere: ${strategy}`, async (t) => {
    const world = aWorldWithCopies(copies, { strategy });
    await world.rest();
    const { advanceRollout } = world.deps.workloads;
    world.override({
      workloads: {
        advanceRollout: async (secret, rollout, options) => {
          if (secret.name !== WHOLE.name || rollout.changes.at(-1)?.number !== 2)
            return advanceRollout(secret, rollout, options);
          const stopped = { workload: 'Deployment/api', reason: 'exceeded its progress deadline' };
          return { rollout: { ...rollout, current: undefined, stopped }, requeueAfter: 30_000 };
        },
      },
    });
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.match(world.record()?.login?.failed, {
      undone: true,
      reason: /Deployment\/api of the copy reports\/whole exceeded/,
    });
    t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
    for (const copy of copies) t.equal(faultOf(world, copy), undefined);
    t.match(world.record(WHOLE)?.versions.at(-1)?.why, { kind: 'rolled-back', to: 1, undone: true });
  });

  t.test(`Secret, copies and server agree after a crash at any point: ${strategy}`, async () => {
    const event = fc.oneof(
      { weight: 20, arbitrary: fc.constant('nothing' as const) },
      { weight: 4, arbitrary: fc.constant('crash' as const) },
      { weight: 2, arbitrary: fc.constant('rotate' as const) },
      { weight: 1, arbitrary: fc.constant('pass' as const) },
      { weight: 1, arbitrary: fc.constant('edit' as const) },
      { weight: 1, arbitrary: fc.constant('refuse' as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 160 }), async (events) => {
        const left: typeof events = [];
        let refusals = 0;
        const world: World = aWorldWithCopies(copies, {
          strategy,
          meanwhile: () => {
            const now = left.shift();
            if (now === 'crash') throw new Crash();
            if (now === 'rotate') world.wish({ kind: 'rotate' });
            if (now === 'pass') world.pass(30_000);
            if (now === 'edit') world.edit('DB_PASSWORD', GOOD.other, 'kubectl-edit', WHOLE);
            if (now === 'refuse') refusals = 1;
          },
        });
        const { patch } = world.deps.secrets;
        world.override({
          secrets: {
            patch: async (observed, edit) => {
              if (observed.secret.name !== WHOLE.name || refusals === 0) return await patch(observed, edit);
              refusals -= 1;
              throw new LockstepError('SECRET_REFUSED', ['reports/whole', 'a webhook denies it']);
            },
          },
        });
        await world.rest();
        left.push(...events);
        while (left.length > 0) await world.rest();
        world.pass(100_000);
        await world.rest();
        if (world.record()?.login?.diverged !== undefined) throw new Error('it has diverged');
        for (const copy of copies) {
          const fault = faultOf(world, copy);
          // Its URL follows the password that the other writer has replaced: no policy names these keys.
          if (fault !== undefined) throw new Error(fault);
        }
      }),
      { numRuns: 200 },
    );
  });
}

t.test('the login of a copy is put back after an edit, and said', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  await world.rest();
  world.edit('DB_PASSWORD', GOOD.other, 'kubectl-edit', WHOLE);
  await world.rest();
  t.equal(faultOf(world, WHOLE), undefined);
  t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
  t.ok(
    world.kubernetesEvents.some(
      ({ reason, note }) => reason === 'SecretHealed' && /login of Secret recon\/reconciliation/.test(note),
    ),
  );
});

t.test('one side alone changes nothing, and is reported', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  const { secret } = world.held(WHOLE) ?? {};
  if (secret === undefined) throw new Error('no copy');
  world.write({ ...secret, annotations: new Map() });
  await world.rest();
  t.match(world.reported.at(-1)?.conditions[0], {
    type: 'Ready',
    message: /the copy reports\/whole does not exist, or has no annotation lockstep.dev\/copy-of: recon\//,
  });
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.match(world.record()?.login?.failed, { undone: false, reason: /the copy reports\/whole/ });
  t.equal(world.patches.length, 0);

  const stranger = { namespace: 'reports', name: 'stranger' };
  world.write(aSecret({ DB_PASSWORD: GOOD.other }, { ...stranger, ...AGREED }));
  await world.settle(100, world.deps, stranger);
  t.ok(world.kubernetesEvents.some(({ reason }) => reason === 'CopyNotNamed'));
  t.equal(world.patches.length, 0);
});

t.test('a Secret that did not agree is not described', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  const { secret } = world.held(WHOLE) ?? {};
  if (secret === undefined) throw new Error('no copy');
  world.write({ ...secret, annotations: new Map(), immutable: true });
  await world.rest();
  const present = world.reported.at(-1)?.conditions[0]?.message;
  world.remove(WHOLE);
  world.pass(400_000);
  await world.rest();
  t.equal(world.reported.at(-1)?.conditions[0]?.message, present);
});

for (const [what, change, reason] of [
  ['is immutable', { immutable: true }, /is immutable/],
  [
    'belongs to another controller',
    { controller: 'ExternalSecret/x' },
    /ExternalSecret\/x writes this Secret/,
  ],
  ['is being deleted', { deleting: true }, /is being deleted/],
] as const)
  t.test(`no change begins if a copy ${what}`, async (t) => {
    const world = aWorldWithCopies([WHOLE]);
    await world.rest();
    const { secret } = world.held(WHOLE) ?? {};
    if (secret === undefined) throw new Error('no copy');
    world.write({ ...secret, ...change });
    world.wish({ kind: 'rotate' });
    await world.rest();
    t.match(world.record()?.login?.failed, { undone: false, reason });
    t.equal(world.server.get(APP)?.password, GOOD.password);
    t.equal(world.patches.length, 0);
  });

t.test('a change is undone if a copy is deleted in the middle', async (t) => {
  const world = aWorldWithCopies([WHOLE, PLAIN]);
  await world.rest();
  world.wish({ kind: 'rotate' });
  const hasDied = crashAtPhase(world, 'verify', () => world.remove(PLAIN));
  await world.rest();
  t.ok(hasDied());
  t.match(world.record()?.login?.failed, { undone: true, reason: /the copy reports\/plain does not exist/ });
  t.equal(faultOf(world, WHOLE), undefined);
  t.ok(world.written().password.withPlaintext(({ text }) => text === GOOD.password));
});

t.test('a copy without the key of the password gets it, and no key of the role', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  const { secret } = world.held(WHOLE) ?? {};
  if (secret === undefined) throw new Error('no copy');
  world.write({ ...secret, data: new Map() });
  await world.rest();
  await world.rest();
  t.same([...(world.held(WHOLE)?.secret.data.keys() ?? [])], ['DB_PASSWORD']);
  t.equal(valueIn(world, WHOLE, 'DB_PASSWORD'), GOOD.password);
});

t.test('AlternatingUsers: no change begins if a copy has no key of the role', async (t) => {
  const world = aWorldWithCopies([PLAIN], { strategy: 'AlternatingUsers' });
  await world.rest();
  world.wish({ kind: 'rotate' });
  await world.rest();
  t.match(world.record()?.login?.failed, { undone: false, reason: /has no key NONE/ });
  t.equal(world.patches.length, 0);
});

t.test('a Secret of another PostgresCredential is no copy', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  const { forSecret } = world.deps.credentials;
  const both: typeof forSecret = (ref, system) =>
    forSecret(ref.name === WHOLE.name ? { ...ref, name: 'reconciliation-secrets' } : ref, system);
  world.override({ credentials: { forSecret: both } });
  await world.settle();
  world.wish({ kind: 'rotate' });
  await world.settle();
  t.match(world.record()?.login?.failed, {
    undone: false,
    reason: /the copy reports\/whole is the Secret of PostgresCredential login/,
  });
});

t.test('a change is undone if another writer changes a copy again and again', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  await world.rest();
  world.wish({ kind: 'rotate' });
  const { patch } = world.deps.secrets;
  world.override({
    mayWrite: () => false,
    secrets: {
      patch: async (observed, edit) => {
        const patched = await patch(observed, edit);
        if (observed.secret.name === WHOLE.name && world.record()?.login?.change?.fault === undefined)
          world.edit('DB_PASSWORD', GOOD.other, 'a-stubborn-tool', WHOLE);
        return patched;
      },
    },
  });
  await world.rest();
  t.match(world.record()?.login?.failed, {
    undone: true,
    reason: /the copy reports\/whole does not keep the login: another writer changes it/,
  });
  t.equal(faultOf(world, WHOLE), undefined);
});

t.test('a rollback waits for the consumers of the Secret, also if a copy is gone', async (t) => {
  const world = aWorldWithCopies([WHOLE]);
  await world.rest();
  const { advanceRollout } = world.deps.workloads;
  const rollouts: string[] = [];
  world.override({
    workloads: {
      advanceRollout: async (secret, rollout, options) => {
        const change = world.record()?.login?.change;
        if (secret.name !== WHOLE.name) rollouts.push(change?.phase ?? 'no change');
        // The first of two consumers.
        if (secret.name !== WHOLE.name && rollouts.length < 2)
          return { rollout: { ...rollout }, requeueAfter: 1 };
        return await advanceRollout(secret, rollout, options);
      },
    },
  });
  world.wish({ kind: 'rotate' });
  const hasDied = crashAtPhase(world, 'rollout', () => world.remove(WHOLE));
  await world.rest();
  t.ok(hasDied());
  t.match(world.record()?.login?.failed, { undone: true });
  t.same(rollouts, ['rollback-rollout', 'rollback-rollout']);
});

t.test('copies that do not agree cost one read each, one after another', async (t) => {
  const copies = Array.from({ length: 64 }, (_, index) => aCopy(`of-nobody-${index}`));
  const world = aLoginWorld({ spec: { copies } });
  const { readOther } = world.deps.secrets;
  const { read: readRecord } = world.deps.records;
  const counts = { reads: 0, records: 0, open: 0, most: 0 };
  world.override({
    secrets: {
      // With `read`, a change of the copy that is seen here would not reach the copy itself.
      readOther: async (ref) => {
        if (ref.namespace !== 'reports') return await readOther(ref);
        counts.reads += 1;
        counts.open += 1;
        counts.most = Math.max(counts.most, counts.open);
        const observed = await readOther(ref);
        counts.open -= 1;
        return observed;
      },
    },
    records: {
      read: async (ref) => {
        if (ref.namespace === 'reports') counts.records += 1;
        return await readRecord(ref);
      },
    },
  });
  await world.step();
  t.same(counts, { reads: 64, records: 0, open: 0, most: 1 });
});
