import t from 'tap';
import { recordRollout } from '../../../../src/engine/secret/record/advance-rotations.ts';
import { recordForUid } from '../../../../src/engine/secret/record/record.ts';
import type { RotationDecision } from '../../../../src/engine/versions/key-rotation/rotation.ts';
import { aCreate, aPolicy, findingTexts, GOOD, validatedOnly } from '../../../helpers/engine/engine.ts';
import {
  ANNOTATED,
  afterEdit,
  afterStep,
  at,
  aWorld,
  DAY,
  dataAfter,
  generatedKey,
  HOUR,
  MINUTE,
  moveAt,
  PROPAGATION,
  reasonsOf,
  textsOf,
  type World,
  withData,
  withPending,
} from '../../../helpers/engine/rotation-world.ts';

const DAILY = { schedule: '0 4 * * *' };
const KEPT = { ...DAILY, previousKey: 'JWT_SECRET_PREVIOUS', gracePeriod: '2h' };
const plain = { keys: { JWT_SECRET: generatedKey(DAILY) } };
const kept = { keys: { JWT_SECRET: generatedKey(KEPT) } };
/** From noon to four in the morning. */
const DUE = 16 * HOUR;

const againAt = (move: RotationDecision): Date | undefined =>
  move.kind === 'none' ? move.requeueAt : new Error('a step') && undefined;
const isNone = (world: World, seconds: number): boolean => moveAt(world, seconds).kind === 'none';
const asking = (world: World, ...asked: readonly string[]): World => ({
  ...world,
  record: { ...world.record, requestedKeys: asked },
});
const reasons = (move: RotationDecision) =>
  move.kind === 'none' ? move.obstacles.map(({ key, reason }) => `${key} ${reason}`) : [];

t.test('rotates a new key at the next time of its schedule, not at once', async (t) => {
  const world = aWorld(plain);
  t.same(moveAt(world, 60), { kind: 'none', requeueAt: at(DUE), obstacles: [] });
  t.ok(isNone(world, DUE - 1));
  const after = afterStep(world, DUE);
  t.not(textsOf(after).JWT_SECRET, GOOD.key);
  t.same(reasonsOf(after), ['seen', 'switched']);
  t.same(moveAt(after, DUE + 1), { kind: 'none', requeueAt: at(DUE + DAY), obstacles: [] });
});

t.test('rotates a key whose value the policy keeps, because the schedule is a decision', async (t) => {
  for (const onChange of ['Keep', 'Refuse']) {
    const after = afterStep(aWorld({ keys: { JWT_SECRET: generatedKey(DAILY, { onChange }) } }), DUE);
    t.not(textsOf(after).JWT_SECRET, GOOD.key);
    const introduced = afterStep(aWorld({ keys: { JWT_SECRET: generatedKey(KEPT, { onChange }) } }), DUE);
    const switched = afterStep(introduced, DUE + PROPAGATION);
    t.not(textsOf(switched).JWT_SECRET, GOOD.key);
  }
});

t.test('makes up once for missed times', async (t) => {
  const after = afterStep(aWorld(plain), DUE + 40 * DAY + HOUR);
  t.same(againAt(moveAt(after, DUE + 40 * DAY + 2 * HOUR)), at(DUE + 41 * DAY));
});

t.test('a schedule uses its time zone', async (t) => {
  const world = aWorld({ keys: { JWT_SECRET: generatedKey({ ...DAILY, timeZone: 'Europe/Berlin' }) } });
  t.same(againAt(moveAt(world, 0)), at(DUE - HOUR));
});

t.test('with a previous key, publishes the next value early and keeps the old one for a time', async (t) => {
  const introduced = afterStep(aWorld(kept), DUE);
  const next = textsOf(introduced).JWT_SECRET_PREVIOUS;
  t.match(textsOf(introduced), { JWT_SECRET: GOOD.key });
  t.match(next, /^[\w-]{64}$/);

  t.same(againAt(moveAt(introduced, DUE + 1)), at(DUE + PROPAGATION), 'volumes have not seen it yet');
  const switched = afterStep(introduced, DUE + PROPAGATION);
  t.same(textsOf(switched), { JWT_SECRET: next, JWT_SECRET_PREVIOUS: GOOD.key });

  const end = DUE + 2 * PROPAGATION + 2 * HOUR;
  t.same(againAt(moveAt(switched, DUE + 3 * MINUTE)), at(end));
  const retired = afterStep(switched, end);
  t.same(textsOf(retired), { JWT_SECRET: next });
  t.same(reasonsOf(retired), ['seen', 'introduced', 'switched', 'retired']);
  t.same(moveAt(retired, end + 1), { kind: 'none', requeueAt: at(DUE + DAY), obstacles: [] });
});

t.test('waits for the restart of all consumers before the next step', async (t) => {
  const introduced = afterStep(aWorld({ ...kept, restart: true }), DUE);
  t.ok(introduced.record.rollout);
  t.same(moveAt(introduced, DUE + DAY - 1), { kind: 'none', requeueAt: undefined, obstacles: [] });
  const through = (world: World, seconds: number): World => ({
    ...world,
    record: recordRollout(world.record, undefined, at(seconds)),
  });
  const stopped = { workload: 'Deployment/a', reason: 'it is not healthy' };
  const { rollout } = introduced.record;
  const failed = {
    ...introduced,
    record: { ...introduced.record, rollout: rollout && { ...rollout, stopped } },
  };
  t.ok(isNone(failed, DUE + HOUR));

  const switched = afterStep(through(introduced, DUE + HOUR), DUE + HOUR);
  t.ok(isNone(switched, DUE + 5 * HOUR), 'the old value stays while it is signed with');
  const over = through(switched, DUE + 2 * HOUR);
  t.same(againAt(moveAt(over, DUE + 2 * HOUR)), at(DUE + 4 * HOUR + PROPAGATION), 'from the last restart on');
  t.same(reasonsOf(afterStep(over, DUE + 5 * HOUR)), ['seen', 'introduced', 'switched', 'retired']);
});

t.test('a due rotation waits for the grace period, unless it is requested', async (t) => {
  const spec = { keys: { JWT_SECRET: generatedKey({ ...KEPT, gracePeriod: '3d' }) } };
  const switched = afterStep(afterStep(aWorld(spec), DUE), DUE + HOUR);
  const end = DUE + HOUR + PROPAGATION + 3 * DAY;
  t.same(againAt(moveAt(switched, DUE + 2 * DAY)), at(end));
  for (const again of [afterStep(switched, end), afterStep(asking(switched, 'JWT_SECRET'), DUE + 2 * HOUR)]) {
    t.equal(textsOf(again).JWT_SECRET, textsOf(switched).JWT_SECRET);
    t.not(textsOf(again).JWT_SECRET_PREVIOUS, GOOD.key);
    t.same(reasonsOf(again), ['seen', 'introduced', 'switched', 'introduced']);
  }
});

t.test('a requested rotation runs at once, and once', async (t) => {
  const world = asking(aWorld(kept), 'JWT_SECRET');
  const introduced = afterStep(world, MINUTE);
  t.same(introduced.record.requestedKeys, ['JWT_SECRET'], 'until it is done');
  const switched = afterStep(introduced, 10 * MINUTE);
  t.same(switched.record.requestedKeys, []);
  t.ok(isNone(switched, HOUR));

  const unscheduled = { keys: { JWT_SECRET: generatedKey() } };
  t.same(moveAt(aWorld(unscheduled), DAY), { kind: 'none', requeueAt: undefined, obstacles: [] });
  const once = afterStep(asking(aWorld(unscheduled), 'JWT_SECRET'), 1);
  t.same([reasonsOf(once), once.record.requestedKeys], [['seen', 'switched'], []]);
});

t.test('rotates keys together that are due together', async (t) => {
  const spec = {
    keys: {
      A: generatedKey({ ...DAILY, previousKey: 'A_OLD' }),
      B: generatedKey({ ...DAILY, previousKey: 'B_OLD' }),
      C: generatedKey(DAILY),
    },
  };
  const world = aWorld(spec, { A: GOOD.key, B: GOOD.refresh, C: GOOD.other });
  const first = afterStep(world, DUE);
  t.same(first.record.versions.at(-1)?.keys, ['C']);
  const second = afterStep(first, DUE);
  t.same(second.record.versions.at(-1)?.keys, ['A_OLD', 'B_OLD']);
  const third = afterStep(second, DUE + HOUR);
  t.same(third.record.versions.at(-1)?.keys, ['A', 'A_OLD', 'B', 'B_OLD']);
});

t.test('an edit of the key or its previous key ends the rotation', async (t) => {
  const steps = [afterStep(aWorld(kept), DUE)];
  steps.push(afterStep(steps[0] as World, DUE + HOUR));
  for (const world of steps) {
    for (const key of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS']) {
      const by = afterEdit(world, { [key]: GOOD.other }, DUE + 90 * MINUTE);
      t.equal(by.record.rotations.size, 0);
      t.same(againAt(moveAt(by, DUE + 91 * MINUTE)), at(DUE + DAY), 'until the next time');
    }
    const wished = afterEdit(asking(world, 'JWT_SECRET'), { JWT_SECRET_PREVIOUS: 'mine' }, DUE + 90 * MINUTE);
    t.same(againAt(moveAt(wished, DUE + 91 * MINUTE)), at(DUE + DAY), 'though it was asked for');
    const by = afterEdit(world, { JWT_SECRET_PREVIOUS: undefined }, DUE + 90 * MINUTE);
    t.same(againAt(moveAt(by, DUE + 91 * MINUTE)), at(DUE + DAY));
    const other = afterEdit(world, { OTHER: 'x' }, DUE + 90 * MINUTE);
    t.equal(other.record.rotations.size, 1, 'another key ends nothing');
  }
});

t.test('a staged step that was never written has no effect', async (t) => {
  const world = asking(aWorld(kept), 'JWT_SECRET');
  const write = moveAt(world, MINUTE);
  if (write.kind === 'none') throw new Error('no step');
  const pending = withPending(world, write, MINUTE);
  t.ok(isNone(pending, MINUTE), 'nothing is done beside it');
  t.equal(pending.record.rotations.size, 0);

  const lost = afterEdit(
    { ...pending, record: { ...pending.record, pending: undefined } },
    { OTHER: 'x' },
    0,
  );
  t.same(
    [lost.record.rotations.size, lost.record.requestedKeys, lost.record.afterPending],
    [0, ['JWT_SECRET'], undefined],
  );
  t.same(reasonsOf(afterStep(lost, 2 * MINUTE)).slice(-1), ['introduced']);
});

t.test('a step counts from its write, not from when it was staged', async (t) => {
  const world = aWorld(kept);
  const write = moveAt(world, DUE);
  if (write.kind === 'none') throw new Error('no step');
  const late = withData(withPending(world, write, DUE), dataAfter(world, write), DUE + HOUR);
  t.same(againAt(moveAt(late, DUE + HOUR)), at(DUE + HOUR + PROPAGATION));
});

t.test('updates the derived keys of a rotated key', async (t) => {
  const spec = {
    keys: {
      SIGNING: generatedKey(DAILY),
      KEYS: { derive: { template: '${SIGNING},x' } },
      WRAPPED: { derive: { template: '<${KEYS}>' } },
      STALE: { derive: { template: '${OTHER}!' } },
      OTHER: {},
    },
  };
  const world = aWorld(spec, { SIGNING: GOOD.key, KEYS: 'a', WRAPPED: 'b', OTHER: 'o', STALE: 'not mine' });
  const { SIGNING, ...after } = textsOf(afterStep(world, DUE));
  t.same(after, { KEYS: `${SIGNING},x`, WRAPPED: `<${SIGNING},x>`, OTHER: 'o', STALE: 'not mine' });
});

t.test('rotates no key that it may not generate, and reports the reason on request', async (t) => {
  const asked = (spec: object, rest = ANNOTATED, texts = { JWT_SECRET: GOOD.key }) =>
    moveAt(asking(aWorld(spec, texts, rest), 'JWT_SECRET'), DUE);
  const none = { kind: 'none', requeueAt: undefined, obstacles: [] };
  t.same(asked(kept, {}), none, 'no annotation');
  t.same(asked(kept, { ...ANNOTATED, immutable: true }), none);
  t.same(asked(kept, { ...ANNOTATED, controller: 'ExternalSecret/a' }), none);
  t.same(asked(kept, { ...ANNOTATED, deleting: true }), none);
  t.same(reasons(asked({ keys: { JWT_SECRET: {}, B: generatedKey() } })), [
    'JWT_SECRET has no generate in its policy, which would say how it is made',
  ]);
  t.same(reasons(asked(kept, ANNOTATED, { JWT_SECRET: '' })), ['JWT_SECRET has no value']);
  const exceptions = [
    { namespace: '*', name: '*', keys: ['JWT_SECRET'], reason: 'OPS-1', until: '2027-01-01' },
  ];
  t.same(reasons(asked({ ...kept, exceptions })), ['JWT_SECRET is excepted by its policy']);
  t.same(reasons(moveAt(aWorld({ ...kept, exceptions }), DUE)), [], 'nobody asked');
});

t.test('reports a conflict of two policies, and rotates nothing', async (t) => {
  const url = { keys: { JWT_SECRET: {}, U: { derive: { template: 'postgresql://u:${JWT_SECRET}@h/d' } } } };
  t.match(reasons(moveAt(aWorld([kept, url]), DUE)), [/^JWT_SECRET is part of a connection URL/]);
  const fills = { keys: { JWT_SECRET_PREVIOUS: generatedKey() } };
  t.match(reasons(moveAt(aWorld([kept, fills]), DUE)), [/^JWT_SECRET can not keep its other value in/]);
  const same = { keys: { CSRF: generatedKey(KEPT) } };
  const both = moveAt(aWorld([same, kept], { JWT_SECRET: GOOD.key, CSRF: GOOD.refresh }), DUE);
  t.match([...(both.kind === 'write' ? both.set.keys() : [])], ['JWT_SECRET_PREVIOUS']);
});

t.test('writes no refused value, and rotates the other keys', async (t) => {
  const spec = { keys: { A: generatedKey(DAILY, { format: 'uuid' }), B: generatedKey(DAILY) } };
  const world = aWorld(spec, { A: '6f1c9b1e-8a8f-4c63-9d0a-0a7f6a1d2b3c', B: GOOD.key });
  const after = afterStep(world, DUE);
  t.same(after.record.versions.at(-1)?.keys, ['B']);
  t.match(reasons(moveAt(after, DUE)), [/^A is not rotated: its policies would refuse/]);
});

t.test('rotates a bad value too, through the previous key', async (t) => {
  const spec = { keys: { JWT_SECRET: generatedKey(KEPT, { minLength: 32 }) }, unnamedKeys: {} };
  const switched = afterStep(afterStep(aWorld(spec, { JWT_SECRET: 'changeme' }), DUE), DUE + HOUR);
  t.match(textsOf(switched), { JWT_SECRET: /^[\w-]{64}$/, JWT_SECRET_PREVIOUS: 'changeme' });
});

t.test('clears the old previous key when the policy names another', async (t) => {
  const switched = afterStep(
    afterStep(aWorld({ keys: { JWT_SECRET: generatedKey({ ...KEPT, gracePeriod: '9d' }) } }), DUE),
    DUE + HOUR,
  );
  const renamed = {
    ...switched,
    specs: [{ keys: { JWT_SECRET: generatedKey({ ...KEPT, previousKey: 'JWT_OLD' }) } }],
  };
  const again = afterStep(asking(renamed, 'JWT_SECRET'), DUE + 3 * HOUR - 1);
  t.same(Object.keys(textsOf(again)).sort(), ['JWT_OLD', 'JWT_SECRET']);
});

t.test('does not remove a foreign key that the record names', async (t) => {
  const spec = { keys: { JWT_SECRET: generatedKey(KEPT), PASSWORD: { required: true, sensitive: true } } };
  const world = aWorld(spec, { JWT_SECRET: GOOD.key, PASSWORD: GOOD.password });
  const forged = new Map([
    ['JWT_SECRET', { step: 'switched', since: at(-30 * DAY), previousKey: 'PASSWORD' }],
  ] as const);
  const move = moveAt({ ...world, record: { ...world.record, rotations: forged } }, MINUTE);
  t.equal(move.kind, 'none');
});

t.test('rotates the key in the spelling of the Secret', async (t) => {
  const spec = { keys: { JWT_SECRET: generatedKey(KEPT, { aliases: ['jwt-secret'] }) } };
  const after = afterStep(aWorld(spec, { 'jwt-secret': GOOD.key }), DUE);
  t.same(Object.keys(textsOf(after)).sort(), ['JWT_SECRET_PREVIOUS', 'jwt-secret']);
});

t.test('handles keys such as constructor', async (t) => {
  const spec = { keys: { constructor: generatedKey({ ...DAILY, previousKey: 'toString' }) } };
  const world = aWorld(spec, { constructor: GOOD.key });
  t.same([...afterStep(afterStep(world, DUE), DUE + HOUR).secret.data.keys()].sort(), [
    'constructor',
    'toString',
  ]);
});

t.test('a Secret that was deleted and created again has no rotation', async (t) => {
  const introduced = afterStep(aWorld(kept), DUE);
  t.equal(recordForUid(introduced.record, 'u2').rotations.size, 0);
  const again = { ...introduced, record: recordForUid(introduced.record, 'u2') };
  t.same(againAt(moveAt(again, DUE + HOUR)), at(DUE + DAY), 'and begins with the next time');
});

t.test('a key and its previous key may have equal values', async (t) => {
  const other = { JWT_SECRET_PREVIOUS: { sensitive: true }, OTHER: { sensitive: true } };
  const policy = aPolicy('p', { keys: { ...kept.keys, ...other } });
  const request = aCreate({ JWT_SECRET: GOOD.key, JWT_SECRET_PREVIOUS: GOOD.key });
  t.same(findingTexts(validatedOnly(request, [policy])), []);
  const reused = aCreate({ JWT_SECRET: GOOD.key, OTHER: GOOD.key });
  t.same(findingTexts(validatedOnly(reused, [policy])), ['Enforce OTHER distinct']);
});
