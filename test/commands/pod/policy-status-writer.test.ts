import t from 'tap';
import { policyEventsOf } from '../../../src/commands/pod/policy-status-writer.ts';
import { conflictsIn, statusOf } from '../../../src/controllers/policy/status.ts';
import { policyStore } from '../../../src/controllers/policy/store.ts';
import { compilePolicy, type PolicyResource } from '../../../src/engine/policy/compile/compile.ts';
import { aStored } from '../../helpers/policy/stored-policy.ts';

const exception = { namespace: 'legacy', name: 'old', keys: ['A'], reason: 'OPS-412' };

function status(spec: object, { generation = 3, day = '2026-11-25', others = [] as PolicyResource[] } = {}) {
  const store = policyStore([], compilePolicy);
  store.replace([aStored('shop', generation, spec), ...others]);
  const state = store.states().find(({ stored }) => stored.name === 'shop');
  if (state === undefined) throw new Error('it is there');
  const context = { before: undefined, now: new Date(`${day}T10:00:00Z`), maxAction: 'Warn' } as const;
  return statusOf(state, conflictsIn(store)('shop'), context);
}

const reasons = (before: unknown, after: ReturnType<typeof status>) =>
  policyEventsOf(before, after).map(({ reason }) => reason);

t.test('reports each version once, accepted or invalid', async (t) => {
  const accepted = status({ keys: { A: {} } });
  t.match(policyEventsOf(undefined, accepted), [
    { reason: 'PolicyAccepted', note: 'Version 3 is in effect, with the action Warn.' },
  ]);
  t.same(reasons(accepted, accepted), []);
  t.same(reasons(accepted, status({ keys: { A: {} } }, { generation: 4 })), ['PolicyAccepted']);
  const invalid = status({ keys: { A: { derive: { template: '${B}' } } } }, { generation: 4 });
  t.match(policyEventsOf(accepted, invalid), [{ reason: 'PolicyInvalid', note: /spec\.keys\.A/ }]);
  t.same(reasons(invalid, invalid), []);
});

t.test('reports an exception two weeks before its end, and after it', async (t) => {
  const spec = { keys: { A: {} }, exceptions: [{ ...exception, until: '2026-12-20' }] };
  const early = status(spec);
  const soon = status(spec, { day: '2026-12-10' });
  const after = status(spec, { day: '2026-12-21' });
  t.same(reasons(undefined, early), ['PolicyAccepted']);
  t.same(reasons(early, soon), ['ExceptionExpiresSoon']);
  t.match(policyEventsOf(early, soon)[0]?.note, /legacy\/old \(OPS-412\) on 2026-12-20\. Renew/);
  t.same(reasons(soon, soon), []);
  t.same(reasons(soon, after), ['ExceptionExpired']);
  t.match(soon, { reason: 'ExceptionExpiresSoon' });
  t.match(after, { reason: 'ExceptionExpired' });
});

t.test('reports a conflict, and any stored status may be there', async (t) => {
  const tied = status({ keys: { A: {} } }, { others: [aStored('alpha', 1, { keys: { A: {} } })] });
  for (const before of [undefined, null, 'x', {}, { conditions: 'x' }, { conditions: [null, 7] }])
    t.same(reasons(before, tied), ['PolicyAccepted', 'PolicyConflict']);
});
