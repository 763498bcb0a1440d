import t from 'tap';
import { conflictsIn, contentOf, statusOf } from '../../../src/controllers/policy/status.ts';
import { policyStore } from '../../../src/controllers/policy/store.ts';
import { compilePolicy, type PolicyResource } from '../../../src/engine/policy/compile/compile.ts';
import type { Action } from '../../../src/engine/secret/finding/finding.ts';
import { aStored } from '../../helpers/policy/stored-policy.ts';

const NOW = new Date('2026-11-25T10:00:00.500Z');

function status(
  spec: object,
  {
    before = undefined as unknown,
    others = [] as PolicyResource[],
    generation = 3,
    maxAction = 'Enforce' as Action,
  } = {},
) {
  const store = policyStore([], compilePolicy);
  store.replace([aStored('shop', generation, spec), ...others]);
  const verdict = store.states().find(({ stored }) => stored.name === 'shop');
  if (verdict === undefined) throw new Error('it is there');
  return statusOf(verdict, conflictsIn(store)('shop'), { before, now: NOW, maxAction });
}

t.test('a policy in effect is Ready, with its generation', async (t) => {
  t.strictSame(status({ keys: { A: {} } }), {
    observedGeneration: 3,
    reason: 'Accepted',
    effectiveAction: 'Enforce',
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Accepted',
        message: 'lockstep validates Secrets by this version',
        observedGeneration: 3,
        lastTransitionTime: '2026-11-25T10:00:00Z',
      },
    ],
  });
});

t.test('the effective action is that of the policy, within the limit of the installation', async (t) => {
  const effective = (action: string, maxAction: Action) =>
    status({ action, keys: { A: { action: 'Enforce' } } }, { maxAction }).effectiveAction;
  t.equal(effective('Enforce', 'Warn'), 'Warn');
  t.equal(effective('Enforce', 'Audit'), 'Audit');
  t.equal(effective('Warn', 'Enforce'), 'Warn');
  t.equal(effective('Audit', 'Warn'), 'Audit');
  t.equal(status({ keys: { A: { derive: { template: '${B}' } } } }).effectiveAction, null);
});

t.test('an invalid policy names the field and the reason', async (t) => {
  const { conditions } = status({ keys: { A: { derive: { template: '${B}' } } } });
  t.match(conditions, [{ type: 'Ready', status: 'False', reason: 'Invalid' }]);
  t.match(conditions[0]?.message, /last good one stays in effect: spec\.keys\.A\.derive\.template: .*B/);
});

t.test('a message with a thousand faults fits the limit of the CRD', async (t) => {
  const names = Array.from({ length: 1000 }, (_, n) => `K${n}_${'x'.repeat(200)}`);
  const keys = Object.fromEntries(names.map((name) => [name, { derive: { template: `\${${name}}` } }]));
  t.ok((status({ keys }).conditions[0]?.message.length ?? 0) <= 32_768);
});

t.test('expired exceptions are reported, and valid ones are not', async (t) => {
  const exception = { namespace: 'legacy', name: 'old', keys: ['A'], reason: 'OPS-412' };
  const { conditions } = status({
    keys: { A: {} },
    exceptions: [
      { ...exception, until: '2026-11-24' },
      { ...exception, name: 'new', until: '2026-11-25' },
    ],
  });
  t.match(conditions, [
    { type: 'Ready' },
    { type: 'ExceptionsExpired', status: 'True', reason: 'ExceptionExpired' },
  ]);
  t.match(conditions[1]?.message, /legacy\/old \(OPS-412\) on 2026-11-24\. Renew/);
  t.notMatch(conditions[1]?.message, /legacy.new/);
});

t.test('both policies of a tie of precedence report it', async (t) => {
  const others = [aStored('alpha', 1, { keys: { A: {} } })];
  const { conditions } = status({ keys: { A: {} } }, { others });
  t.match(conditions[1], { type: 'PrecedenceConflict', reason: 'ConflictResolvedByName' });
  t.match(conditions[1]?.message, /leaves A to alpha/);
  const later = status({ keys: { A: {} } }, { others: [aStored('zeta', 1, { keys: { A: {} } })] });
  t.match(later.conditions[1]?.message, /decides A before zeta/);
});

t.test('both policies of a URL for two systems report it', async (t) => {
  const deriving = (template: string) => ({ keys: { PASSWORD: {}, DATABASE_URL: { derive: { template } } } });
  const postgres = deriving('postgresql://app:${PASSWORD}@db/app');
  const mysql = { ...deriving('mysql://app:${PASSWORD}@db/app'), precedence: 1 };
  const { conditions } = status(postgres, { others: [aStored('alpha', 1, mysql)] });
  t.match(conditions, [
    { type: 'Ready' },
    {
      type: 'SystemConflict',
      reason: 'ConflictResolvedByScheme',
      message:
        'DATABASE_URL is derived here for postgres, and in alpha for mysql: the scheme of the URL decides, and alpha where there is no URL',
    },
  ]);
  const other = status(mysql, { others: [aStored('zeta', 1, postgres)] });
  t.match(other.conditions[1]?.message, /here for mysql, and in zeta for postgres: .*, and shop where/);
  const same = status(postgres, { others: [aStored('alpha', 1, postgres)] });
  t.match(same.conditions[1], { type: 'PrecedenceConflict' });
  t.equal(
    status(
      { ...postgres, match: { names: ['a'] } },
      { others: [aStored('b', 1, { ...mysql, match: { names: ['b'] } })] },
    ).conditions.length,
    1,
  );
});

t.test('lastTransitionTime is kept while the status of a condition stays', async (t) => {
  const earlier = '2026-01-01T00:00:00Z';
  const before = { conditions: [null, { type: 'Ready', status: 'True', lastTransitionTime: earlier }] };
  t.match(status({ keys: {} }, { before }).conditions, [{ lastTransitionTime: earlier }]);
  const broken = { keys: { A: { derive: { template: '${B}' } } } };
  t.match(status(broken, { before }).conditions, [{ lastTransitionTime: '2026-11-25T10:00:00Z' }]);
});

t.test(
  'a stored status may be anything, and equal content is equal at any time and in any order',
  async (t) => {
    const said = status({ keys: {} });
    const isSame = (stored: unknown) => contentOf(stored) === contentOf(said);
    for (const stored of [undefined, null, 'x', {}, { conditions: 'x' }, { conditions: [null] }]) {
      t.equal(isSame(stored), false);
      t.doesNotThrow(() => status({ keys: {} }, { before: stored }));
    }
    const [ready] = said.conditions;
    const stored = {
      observedGeneration: 3,
      reason: 'Accepted',
      effectiveAction: 'Enforce',
      conditions: [{ ...ready, lastTransitionTime: 'before' }],
    };
    t.equal(isSame(stored), true);
    t.equal(isSame({ ...stored, observedGeneration: 2 }), false);
    t.equal(isSame({ ...stored, reason: undefined }), false, 'of a version that said none');
    t.equal(isSame({ ...stored, effectiveAction: 'Warn' }), false);
    const both = [{ type: 'Ready' as const }, { type: 'PrecedenceConflict' as const }];
    t.equal(
      contentOf({ observedGeneration: 1, conditions: both }),
      contentOf({ observedGeneration: 1, conditions: both.toReversed() }),
    );
  },
);
