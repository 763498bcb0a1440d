import t from 'tap';
import {
  differingKeys,
  discardPending,
  hasSameData,
  latestVersion,
  newRecord,
  type SecretRecord,
  stagePending,
  type WriteInfo,
} from '../../../../src/engine/secret/record/record.ts';
import { recordObservation } from '../../../../src/engine/secret/record/record-observation.ts';
import { Sensitive } from '../../../../src/engine/secret/sensitive.ts';
import { at, plainValues, values } from '../../../helpers/engine/record.ts';
import { fc } from '../../../helpers/property.ts';

const changed = (second: number, by = 'kubectl-edit'): WriteInfo => ({
  time: at(second),
  by,
  why: { kind: 'changed' },
});
const healed = (second: number): WriteInfo => ({
  time: at(second),
  by: 'lockstep-controller',
  why: { kind: 'healed' },
});
const keeping = { history: 5, restarts: false };

const BEGUN = newRecord('u1', values({ A: '1', B: '2' }), { ...changed(0), why: { kind: 'seen' } });
const summary = ({ versions }: SecretRecord) =>
  versions.map(
    ({ number, by, why, keys, data }) =>
      `${number} ${by} ${why.kind} ${keys.join(',')} ${JSON.stringify(plainValues(data))}`,
  );

t.test('a new record begins with the present data, after the last number of a lost record', async (t) => {
  t.same(summary(BEGUN), ['1 kubectl-edit seen A,B {"A":"1","B":"2"}']);
  t.equal(latestVersion(newRecord('u1', values({}), changed(0), 7)).number, 8);
  t.same(
    [...BEGUN.lastChanged],
    [
      ['A', at(0)],
      ['B', at(0)],
    ],
  );
});

t.test('records an edit as a version with its added, changed and removed keys', async (t) => {
  const record = recordObservation(BEGUN, values({ A: '1', B: '3', C: '' }), changed(5), keeping);
  t.same(summary(record).slice(1), ['2 kubectl-edit changed B,C {"A":"1","B":"3","C":""}']);
  t.same(
    [...record.lastChanged],
    [
      ['A', at(0)],
      ['B', at(5)],
      ['C', at(5)],
    ],
  );
  t.equal(
    recordObservation(record, values({ A: '1', B: '3', C: '' }), changed(9), keeping),
    record,
    'nothing is new',
  );
});

t.test('what a webhook stored instead of a pending version has the writer of that version', async (t) => {
  const pending = stagePending(BEGUN, values({ A: '1', B: 'healed' }), healed(5), '7');
  const altered = recordObservation(
    pending,
    values({ A: '1', B: 'altered' }),
    changed(5, 'lockstep'),
    keeping,
  );
  t.same(summary(altered).slice(1), [
    '2 lockstep-controller healed B {"A":"1","B":"healed"}',
    '3 lockstep-controller changed B {"A":"1","B":"altered"}',
  ]);
});

t.test('a removal has the time at which it was observed', async (t) => {
  const removed = recordObservation(
    BEGUN,
    values({ A: '1' }),
    { ...changed(0), observedAt: at(90) },
    keeping,
  );
  t.same(summary(removed).slice(1), ['2 unknown changed B {"A":"1"}']);
  t.same(removed.lastChanged.get('B'), at(90));
  const pending = stagePending(BEGUN, values({ A: '1' }), healed(80), '10');
  const ours = recordObservation(pending, values({ A: '1' }), { ...changed(0), observedAt: at(90) }, keeping);
  t.same(summary(ours).slice(1), ['2 lockstep-controller healed B {"A":"1"}']);
  t.same(latestVersion(ours).time, at(90));
  const later = recordObservation(
    BEGUN,
    values({ A: '2', B: '2' }),
    { ...changed(5), observedAt: at(90) },
    keeping,
  );
  t.same(latestVersion(later).time, at(5), 'of every other write it is known');
  const inOneSecond = recordObservation(
    BEGUN,
    values({ A: '2', B: '2' }),
    { ...changed(0), observedAt: at(0) },
    keeping,
  );
  t.match(latestVersion(inOneSecond), { time: at(0), by: 'kubectl-edit' });
});

t.test('drops the oldest versions', async (t) => {
  let record = BEGUN;
  for (let n = 1; n <= 7; n += 1)
    record = recordObservation(record, values({ A: `a${n}` }), changed(n), keeping);
  t.same(
    record.versions.map(({ number }) => number),
    [4, 5, 6, 7, 8],
  );
});

t.test('makes a pending version that was written a version, with writer and reason', async (t) => {
  const pending = stagePending(BEGUN, values({ A: 'new', B: '2' }), healed(5), '10');
  const record = recordObservation(
    pending,
    values({ A: 'new', B: '2' }),
    changed(5, 'kubectl-label'),
    keeping,
  );
  t.same(summary(record).slice(1), ['2 lockstep-controller healed A {"A":"new","B":"2"}']);
  t.equal(record.pending, undefined);
});

t.test('keeps a pending version until another client writes', async (t) => {
  const pending = stagePending(BEGUN, values({ A: 'new', B: '2' }), healed(5), '10');
  const before = values({ A: '1', B: '2' });
  t.equal(recordObservation(pending, before, { ...changed(0), resourceVersion: '10' }, keeping), pending);
  t.equal(recordObservation(pending, before, changed(0), keeping), pending, 'who does not tell is trusted');
  const touched = recordObservation(pending, before, { ...changed(0), resourceVersion: '11' }, keeping);
  t.same(summary(touched), summary(BEGUN), 'it was never written: the last write of values was before');
  t.equal(touched.pending, undefined);
});

t.test('keeps a version that was written and undone, and does not write it again', async (t) => {
  const pending = stagePending(BEGUN, values({ A: 'new', B: '2' }), healed(5), '10');
  const undone = recordObservation(
    pending,
    values({ A: '1', B: '2' }),
    { ...changed(6), resourceVersion: '12' },
    keeping,
  );
  t.same(summary(undone).slice(1), [
    '2 lockstep-controller healed A {"A":"new","B":"2"}',
    '3 kubectl-edit changed A {"A":"1","B":"2"}',
  ]);
  t.equal(undone.pending, undefined);
});

t.test('discards a write that came second, and keeps one that was overwritten', async (t) => {
  const pending = stagePending(BEGUN, values({ A: 'new', B: '2' }), healed(5), '10');
  const found = values({ A: '1', B: 'theirs' });
  t.same(summary(recordObservation(pending, found, changed(4), keeping)).slice(1), [
    '2 kubectl-edit changed B {"A":"1","B":"theirs"}',
  ]);
  t.same(summary(recordObservation(pending, found, changed(5), keeping)).slice(1), [
    '2 lockstep-controller healed A {"A":"new","B":"2"}',
    '3 kubectl-edit changed A,B {"A":"1","B":"theirs"}',
  ]);
  t.same(
    summary(recordObservation(discardPending(pending), found, changed(5), keeping)).slice(1),
    ['2 kubectl-edit changed B {"A":"1","B":"theirs"}'],
    'whoever knows better says so',
  );
});

t.test('knows no changed keys if the values before are lost', async (t) => {
  const edited: SecretRecord = { ...BEGUN, versions: [{ ...latestVersion(BEGUN), data: undefined }] };
  const record = recordObservation(edited, values({ A: '1', B: '2' }), changed(9), {
    history: 5,
    restarts: true,
  });
  t.same(summary(record), [
    '1 kubectl-edit seen A,B undefined',
    '2 kubectl-edit changed A,B {"A":"1","B":"2"}',
  ]);
  t.equal(record.rollout, undefined);
  t.same(record.lastChanged, BEGUN.lastChanged);
  const pending = stagePending(BEGUN, values({ A: 'new' }), healed(5), '10');
  const lost = { ...pending, pending: { ...pending.pending!, data: undefined } };
  const found = { ...changed(0), resourceVersion: '10' };
  t.equal(recordObservation(lost, values({ A: '1', B: '2' }), found, keeping).pending, undefined);
});

t.test('a new version opens a rollout, or starts a stopped one again', async (t) => {
  const restarts = { history: 5, restarts: true };
  const first = recordObservation(BEGUN, values({ A: '2', B: '2' }), changed(1), restarts);
  t.match(first.rollout, { changes: [{ number: 2, keys: ['A'] }], current: undefined, stopped: undefined });
  const stopped: SecretRecord = {
    ...first,
    rollout: { ...first.rollout!, stopped: { workload: 'Deployment/api', reason: 'x' } },
  };
  const second = recordObservation(stopped, values({ A: '2', B: '3' }), changed(2), restarts);
  t.match(second.rollout, { changes: [{ number: 2 }, { number: 3, keys: ['B'] }], stopped: undefined });
});

t.test('the record has a limit, whatever is written to the Secret', async (t) => {
  let record = BEGUN;
  for (let n = 1; n <= 600; n += 1) {
    const data = values({ A: '1', [`KEY_${n}`]: 'x' });
    record = recordObservation(record, data, changed(n), { history: 5, restarts: true });
  }
  t.equal(record.lastChanged.size, 502);
  const names = record.rollout?.changes.flatMap(({ keys }) => keys) ?? [];
  t.ok(names.length < 600, 'of keys that are long gone nobody is restarted');
  t.ok(record.lastChanged.has('KEY_600') && record.lastChanged.has('A'));
  t.notOk(record.lastChanged.has('KEY_1'));
  const changes = record.rollout?.changes ?? [];
  t.equal(changes.length, 20);
  t.ok(changes[0]?.keys.includes('KEY_150'), 'who reads a key that changed long ago is still restarted');
});

t.test('limits the key names of a rollout, so that versions have space', async (t) => {
  const texts = (n: number) =>
    Object.fromEntries(Array.from({ length: 1000 }, (_, key) => [`K${key}`, `${n}`]));
  let record = newRecord('u1', values(texts(0)), changed(0));
  for (let n = 1; n <= 10; n += 1)
    record = recordObservation(record, values(texts(n)), changed(n), { history: 5, restarts: true });
  const changes = record.rollout?.changes ?? [];
  t.ok(changes.flatMap(({ keys }) => keys).length <= 2000);
  t.equal(changes.at(-1)?.number, 11);
});

t.test('handles keys such as __proto__', async (t) => {
  const odd = new Map([['__proto__', Sensitive.fromText('a')]]);
  t.same(differingKeys(odd, new Map()), ['__proto__']);
  t.same(differingKeys(undefined, odd), ['__proto__']);
  t.ok(hasSameData(odd, new Map(odd)));
  t.notOk(hasSameData(undefined, new Map()));
});

/** The possible next events. The controller may stop before each of its steps, and starts again with `look`. */
type Step =
  | { readonly kind: 'user'; readonly text: string }
  | { readonly kind: 'touch' | 'tick' | 'look' | 'settle' | 'prepare' | 'finish' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('user' as const), text: fc.constantFrom('1', '2', '3', 'new') }),
  fc.record({ kind: fc.constantFrom('touch', 'tick') }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('look', 'settle', 'prepare', 'finish') }) },
);

t.test('loses no version and overwrites no unseen edit, for any order of writes and crashes', async (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world = aWorld();
      for (const one of steps) world.play(one);
      // The controller completes its work.
      for (const kind of ['look', 'settle', 'finish', 'look', 'settle'] as const) world.play({ kind });
      return world.faults().length === 0;
    }),
    { seed: 20261125, numRuns: 3000 },
  );
  t.pass();
});

/** A Secret with its record, and a controller that writes both only if they have not changed since it read them. */
function aWorld() {
  let second = 0;
  let made = 0;
  const secret = { text: '1', version: 0, written: changed(0) };
  const stored = { record: newRecord('u1', values({ A: '1' }), changed(0)), version: 0 };
  let seen:
    | {
        text: string;
        version: number;
        written: WriteInfo;
        record: SecretRecord;
        recordVersion: number;
        isSettled: boolean;
      }
    | undefined;
  /** The state that the controller has written and read. */
  const mustBeKept = new Set<string>(['1']);
  const faults: string[] = [];

  const store = (record: SecretRecord): boolean => {
    if (seen === undefined || stored.version !== seen.recordVersion) return false;
    const [before, after] = [latestVersion(stored.record).number, latestVersion(record).number];
    if (after < before) faults.push('a number went back');
    const numbers = record.versions.map(({ number }) => number);
    if (numbers.some((number, index) => index > 0 && number <= numbers[index - 1]!))
      faults.push('numbers do not increase');
    stored.record = record;
    stored.version += 1;
    seen = { ...seen, record, recordVersion: stored.version };
    return true;
  };

  const play = (one: Step): void => {
    switch (one.kind) {
      case 'tick':
        second += 1;
        return;
      case 'touch':
        secret.version += 1;
        return;
      case 'user':
        if (one.text !== secret.text) secret.written = changed(second, 'user');
        secret.text = one.text;
        secret.version += 1;
        return;
      case 'look':
        seen = { ...secret, record: stored.record, recordVersion: stored.version, isSettled: false };
        return;
      case 'settle': {
        if (seen === undefined) return;
        const found = { ...seen.written, resourceVersion: String(seen.version) };
        const record = recordObservation(seen.record, values({ A: seen.text }), found, {
          history: 1000,
          restarts: true,
        });
        if (!store(record)) return;
        mustBeKept.add(seen.text);
        seen = { ...seen, isSettled: true };
        return;
      }
      case 'prepare': {
        if (seen?.isSettled !== true || seen.record.pending !== undefined) return;
        made += 1;
        const data = values({ A: `made ${made}` });
        store(stagePending(seen.record, data, { ...healed(second) }, String(seen.version)));
        return;
      }
      case 'finish': {
        const pending = seen?.record.pending;
        if (seen?.isSettled !== true || pending?.data === undefined) return;
        if (stored.record.pending !== pending || secret.version !== seen.version) return;
        if (!hasSameData(latestVersion(seen.record).data, values({ A: secret.text })))
          faults.push('a user was overwritten');
        if (pending.baseResourceVersion !== String(secret.version)) faults.push('what was undone came back');
        secret.text = String(plainValues(pending.data)?.A);
        secret.written = healed(second);
        secret.version += 1;
        mustBeKept.add(secret.text);
        // The controller often stops here and loses its memory.
        seen = undefined;
        return;
      }
    }
  };

  return {
    play,
    faults: () => {
      const kept = new Set(stored.record.versions.map(({ data }) => plainValues(data)?.A));
      const lost = [...mustBeKept].filter((text) => !kept.has(text));
      const isThere = plainValues(latestVersion(stored.record).data)?.A === secret.text;
      return [...faults, ...lost.map((text) => `lost ${text}`), ...(isThere ? [] : ['the record is behind'])];
    },
  };
}
