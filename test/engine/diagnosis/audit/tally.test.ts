import t from 'tap';
import type { AuditGroup } from '../../../../src/engine/diagnosis/audit/tally.ts';
import { aChange, aFinding, anAudited, tallyOf } from '../../../helpers/commands/audited.ts';

const plain = ({ counts, rules }: AuditGroup | undefined = { counts: NONE, rules: new Map() }) => ({
  ...counts,
  rules: Object.fromEntries(rules),
});
const NONE = { secrets: 0, denied: 0, warned: 0, recorded: 0, mutated: 0 };
const SAID = { denied: 0, warned: 0, recorded: 0 };

t.test('counts a Secret once by its strongest finding, and once for each rule', async (t) => {
  const { total, namespaces } = tallyOf([
    anAudited({
      findings: [
        aFinding({ action: 'Audit', rule: 'weak' }),
        aFinding({ action: 'Warn', rule: 'weak', key: 'B' }),
        aFinding({ action: 'Enforce' }),
        aFinding({ action: 'Enforce', key: 'C' }),
      ],
    }),
  ]);
  t.same(total, { ...NONE, secrets: 1, denied: 1 });
  t.same(plain(namespaces.get('shop')), {
    ...NONE,
    secrets: 1,
    denied: 1,
    rules: { weak: { ...SAID, warned: 1 }, placeholder: { ...SAID, denied: 1 } },
  });
});

t.test('counts a mutated Secret as mutated only if it is not denied', async (t) => {
  const { total } = tallyOf([
    anAudited({ changes: [aChange()] }),
    anAudited({ changes: [aChange()], findings: [aFinding({ action: 'Warn' })] }),
    anAudited({ changes: [aChange()], findings: [aFinding()] }),
    anAudited(),
  ]);
  t.same(total, { ...NONE, secrets: 4, mutated: 2, warned: 1, denied: 1 });
});

t.test(
  'counts a finding for the policy that decided, and a Secret for each policy that selects it',
  async (t) => {
    const { policies } = tallyOf([
      anAudited({ policies: ['a', 'b'], findings: [aFinding({ policy: 'a' })] }),
      anAudited({ policies: ['b'], findings: [aFinding({ policy: 'b', action: 'Warn', rule: 'weak' })] }),
      anAudited({ policies: ['b'], changes: [aChange()] }),
      anAudited({ policies: [] }),
    ]);
    t.same([...policies.keys()], ['a', 'b']);
    t.same(plain(policies.get('a')), {
      ...NONE,
      secrets: 1,
      denied: 1,
      rules: { placeholder: { ...SAID, denied: 1 } },
    });
    t.same(plain(policies.get('b')), {
      ...NONE,
      secrets: 3,
      warned: 1,
      rules: { weak: { ...SAID, warned: 1 } },
    });
  },
);

t.test('counts a skipped Secret only as skipped', async (t) => {
  const tally = tallyOf([anAudited({ isSkipped: true }), anAudited({ isSkipped: true })]);
  t.equal(tally.skipped, 2);
  t.same(tally.total, NONE);
  t.equal(tally.namespaces.size + tally.policies.size, 0);
});

t.test('accepts names of JavaScript properties as names', async (t) => {
  const ref = '__proto__/constructor';
  const { namespaces, policies } = tallyOf([
    anAudited({ ref, policies: ['toString'], findings: [aFinding({ policy: 'toString' })] }),
  ]);
  t.equal(namespaces.get('__proto__')?.counts.denied, 1);
  t.equal(policies.get('toString')?.counts.denied, 1);
});
