import t from 'tap';
import { RECENT_MS, withRecentChange } from '../../../../src/engine/secret/record/recent-changes.ts';
import { newRecord, type SecretRecord } from '../../../../src/engine/secret/record/record.ts';
import { recordObservation } from '../../../../src/engine/secret/record/record-observation.ts';
import { at, values } from '../../../helpers/engine/record.ts';

const A_WEEK = RECENT_MS / 1000;
const change = (number: number, second = number, keys: readonly string[] = ['A']) => ({
  number,
  time: at(second),
  by: 'helm',
  keys,
});
const numbers = (changes: readonly { readonly number: number }[]) => changes.map(({ number }) => number);

t.test('a change is known for a week', async (t) => {
  const before = withRecentChange([], change(1, 0));
  t.same(before, [change(1, 0)]);
  t.same(numbers(withRecentChange(before, change(2, A_WEEK - 1))), [1, 2]);
  t.same(numbers(withRecentChange(before, change(2, A_WEEK))), [2]);
});

t.test('neither many writes nor many keys make the record grow', async (t) => {
  const often = Array.from({ length: 1000 }, (_, index) => change(index + 1));
  t.same(numbers(often.reduce(withRecentChange, [])), numbers(often.slice(-20)));
  const keys = Array.from({ length: 200 }, (_, index) => `KEY_${index}`);
  const wide = [1, 2, 3].map((number) => change(number, number, keys));
  t.same(numbers(wide.reduce(withRecentChange, [])), [2, 3]);
  t.same(withRecentChange([change(1)], change(2, 2, [...keys, ...keys, ...keys])), []);
});

const keeping = { history: 5, restarts: false };
const BEGUN = newRecord('u', values({ A: '1' }), { time: at(0), by: 'helm', why: { kind: 'seen' } });
const observe = (record: SecretRecord, second: number, why: 'changed' | 'healed', recreated?: true) =>
  recordObservation(
    record,
    values({ A: `value ${second}` }),
    { time: at(second), by: 'helm', why: { kind: why }, recreated },
    keeping,
  );

t.test('only writes of others are recent changes', async (t) => {
  t.same(BEGUN.recentChanges, [], 'the first sight is no change');
  t.same(observe(BEGUN, 1, 'changed').recentChanges, [change(2, 1)]);
  t.same(observe(BEGUN, 1, 'healed').recentChanges, []);
});

t.test('the record knows that the Secret was created again', async (t) => {
  t.same(observe(BEGUN, 1, 'changed', true).recentChanges, [{ ...change(2, 1), recreated: true }]);
});
