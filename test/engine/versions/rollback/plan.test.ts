import t from 'tap';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { planRollback } from '../../../../src/engine/versions/rollback/plan.ts';
import { aPolicy, aSecret, GOOD, testContext } from '../../../helpers/engine/engine.ts';
import { aVersion, plainValues } from '../../../helpers/engine/record.ts';

const POLICIES = [
  aPolicy('app', { match: { hasKeys: ['TOKEN'] }, keys: { TOKEN: { sensitive: true, required: true } } }),
];
const VERSIONS = [
  aVersion(3, { TOKEN: GOOD.key, OLD: 'x', SAME: '1' }),
  aVersion(4, {}, { data: undefined }),
  aVersion(5, { TOKEN: 'CHANGE_ME', SAME: '1' }),
  aVersion(6, { SAME: '1' }),
  aVersion(7, { TOKEN: GOOD.refresh, NEW: 'y', SAME: '1' }),
];

function planned(to: number, rest: Partial<Omit<Secret, 'data'>> = {}) {
  const secret = aSecret({ TOKEN: GOOD.refresh, NEW: 'y', SAME: '1' }, rest);
  const mandate = permissionsFor(secret, undefined, POLICIES, testContext);
  return planRollback(mandate, { versions: VERSIONS }, to, POLICIES, testContext);
}

t.test('sets and removes only keys that differ', async (t) => {
  const plan = planned(3);
  if (plan.kind !== 'write') throw new Error(plan.kind);
  t.same(plainValues(plan.set), { TOKEN: GOOD.key, OLD: 'x' });
  t.same(plan.remove, ['NEW']);
  t.same(plan.keys, ['NEW', 'OLD', 'TOKEN']);
  t.same(plainValues(plan.data), { TOKEN: GOOD.key, OLD: 'x', SAME: '1' });
  t.same(plan.findings, []);
});

t.test('refuses an unknown or edited version, and reports an unchanged one', async (t) => {
  t.same(planned(2), { kind: 'unknown', known: [3, 4, 5, 6, 7] });
  t.same(planned(4), { kind: 'lost' });
  t.same(planned(7), { kind: 'unchanged' });
});

t.test('validates a rollback like any other write', async (t) => {
  const rulesOf = (to: number) => {
    const plan = planned(to);
    return plan.kind === 'write' ? plan.findings.map(({ rule, action }) => `${action} ${rule}`) : [];
  };
  t.same(rulesOf(5), ['Enforce placeholder']);
  t.same(rulesOf(6), ['Enforce removed']);
});

t.test("refuses a Secret that can't be written or has another owner", async (t) => {
  const reasonOf = (rest: Partial<Omit<Secret, 'data'>>) => {
    const plan = planned(3, rest);
    return plan.kind === 'refused' ? plan.reason : plan.kind;
  };
  t.equal(reasonOf({ deleting: true }), 'is being deleted');
  t.equal(reasonOf({ immutable: true }), 'is immutable: delete it, and make it again');
  t.match(
    reasonOf({ controller: 'ExternalSecret/db' }),
    /^belongs to ExternalSecret\/db, .*roll back at its source$/,
  );
  t.match(reasonOf({ labels: new Map([['cnpg.io/cluster', 'pg']]) }), /^belongs to /);
});
