import t from 'tap';
import { type CountedSecret, secretCounter } from '../../../src/controllers/policy/secret-counter.ts';
import type { Action, Finding } from '../../../src/engine/finding/finding.ts';
import { aPolicy } from '../../helpers/policy/stored-policy.ts';
import { fc } from '../../helpers/property.ts';

const finding = (policy: string, action: Action): Finding => ({
  rule: 'placeholder',
  key: 'A',
  action,
  message: 'is a placeholder',
  fix: 'set one',
  policy,
});

const counted = (
  name: string,
  policies: readonly string[],
  findings: readonly Finding[] = [],
): CountedSecret => ({
  secret: { namespace: 'team', name },
  decision: { policies, findings },
});

const NONE = { Enforce: 0, Warn: 0, Audit: 0 };
const [shop, all] = [aPolicy('shop', {}), aPolicy('all', {})];

function aScan(...secrets: readonly CountedSecret[]) {
  const counter = secretCounter();
  counter.scanStarted([shop, all]);
  for (const one of secrets) counter.observe(one);
  counter.scanEnded();
  return counter;
}

t.test('counts the Secrets of each policy, each once by its strongest action', async (t) => {
  const counter = aScan(
    counted(
      'a',
      ['shop', 'all'],
      [finding('shop', 'Audit'), finding('shop', 'Enforce'), finding('all', 'Warn')],
    ),
    counted('b', ['shop', 'all'], [finding('shop', 'Warn')]),
    counted('c', ['all']),
    counted('d', []),
  );
  t.same(counter.countsFor(shop), { matched: 2, violating: { Enforce: 1, Warn: 1, Audit: 0 } });
  t.same(counter.countsFor(all), { matched: 3, violating: { ...NONE, Warn: 1 } });
});

t.test('knows nothing of a policy before a scan with this version has ended', async (t) => {
  const counter = secretCounter();
  t.equal(counter.countsFor(shop), undefined);
  counter.scanStarted([shop]);
  counter.observe(counted('a', ['shop']));
  t.equal(counter.countsFor(shop), undefined);
  counter.scanEnded();
  t.same(counter.countsFor(shop), { matched: 1, violating: NONE });
  const edited = aPolicy('shop', {});
  t.equal(counter.countsFor(edited), undefined);
  counter.scanStarted([edited]);
  t.same(counter.countsFor(shop)?.matched, 1, 'the scan may be aborted');
  counter.scanEnded();
  t.same([counter.countsFor(edited)?.matched, counter.countsFor(shop)], [0, undefined]);
});

t.test('follows a Secret that is corrected, no longer matched, and deleted', async (t) => {
  const counter = aScan(counted('a', ['shop', 'all'], [finding('all', 'Enforce')]));
  counter.observe(counted('a', ['shop', 'all']));
  t.same(counter.countsFor(all), { matched: 1, violating: NONE });
  counter.observe(counted('a', ['all']));
  t.same(counter.countsFor(shop), { matched: 0, violating: NONE });
  counter.forget({ namespace: 'team', name: 'a' });
  counter.forget({ namespace: 'team', name: 'a' });
  t.same(counter.countsFor(all), { matched: 0, violating: NONE });
});

t.test('forgets a Secret that a scan does not find, and keeps one that is validated later', async (t) => {
  const counter = aScan(
    counted('gone', ['shop'], [finding('shop', 'Warn')]),
    counted('kept', ['shop'], [finding('shop', 'Enforce')]),
  );
  counter.scanStarted([shop, all]);
  // The scan sees a mismatch that the controller is about to heal.
  counter.markSeen(counted('kept', ['shop'], [finding('shop', 'Warn')]));
  counter.markSeen(counted('new', ['shop'], [finding('shop', 'Audit')]));
  counter.scanEnded();
  t.same(counter.countsFor(shop), { matched: 2, violating: { Enforce: 1, Warn: 0, Audit: 1 } });
  counter.scanStarted([shop, all]);
  counter.markSeen(counted('kept', ['all']));
  counter.scanEnded();
  t.same(counter.countsFor(shop)?.matched, 0);
});

t.test('counts as a new count of the present Secrets would, after any changes', (t) => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const policies = fc.subarray(['shop', 'all']);
  const actions = fc.constantFrom<Action>('Enforce', 'Warn', 'Audit');
  const found = fc.array(
    fc.tuple(fc.constantFrom('shop', 'all', 'lockstep'), actions).map(([policy, action]) => {
      return finding(policy, action);
    }),
    { maxLength: 4 },
  );
  const change = fc.tuple(names, fc.option(fc.tuple(policies, found), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const counter = aScan();
      const present = new Map<string, CountedSecret>();
      for (const [name, state] of changes) {
        present.delete(name);
        if (state === undefined) counter.forget({ namespace: 'team', name });
        else {
          const one = counted(name, ...state);
          present.set(name, one);
          counter.observe(one);
        }
      }
      const fresh = aScan(...present.values());
      for (const policy of [shop, all])
        t.strictSame(counter.countsFor(policy), fresh.countsFor(policy), { diagnostic: false });
    }),
  );
  t.end();
});
