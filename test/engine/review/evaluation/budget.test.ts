import t from 'tap';

import { auditStored } from '../../../../src/engine/diagnosis/audit/stored.ts';
import { decide, mutateSecret, validateSecret } from '../../../../src/engine/review/decide/decide.ts';
import { MAX_BYTES, MAX_CPU_MS, MAX_KEYS } from '../../../../src/engine/review/evaluation/budget.ts';
import type { EngineContext } from '../../../../src/engine/review/evaluation/decision.ts';
import { newDenialsFor } from '../../../../src/engine/review/own-writes/new-denials.ts';
import { permissionsFor } from '../../../../src/engine/review/own-writes/permissions.ts';
import { withDerivedKeys } from '../../../../src/engine/review/own-writes/with-derived.ts';
import type { Action } from '../../../../src/engine/secret/finding/finding.ts';
import { newRecord } from '../../../../src/engine/secret/record/record.ts';
import type { Secret } from '../../../../src/engine/secret/secret.ts';
import { nextWrite } from '../../../../src/engine/versions/reconcile/next-write.ts';
import { healingChanges } from '../../../../src/engine/versions/reconcile/repair.ts';
import {
  aCreate,
  anUpdate,
  aPolicy,
  aSecret,
  builtins,
  GOOD,
  STORY,
  STORY_URL,
  sentences,
  testContext,
  withHeal,
} from '../../../helpers/engine/engine.ts';

type Values = Readonly<Record<string, string>>;

const many = (count: number, value: (index: number) => string): Values =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}_PASSWORD`, value(index)]));

/** Each read of the clock adds this number of milliseconds of CPU time. */
function working(milliseconds: number): EngineContext {
  let time = 0;
  return {
    ...testContext,
    cpu: () => {
      time += milliseconds;
      return time;
    },
  };
}
const slow = working(MAX_CPU_MS + 1);

/** Enough values for a read of the clock. */
const STRONG = many(200, (index) => `${GOOD.password}${index}`);
const CORRECTABLE = { ...STORY, ...STRONG, DATABASE_URL: `${STORY_URL}\n` };

const SENTENCE =
  /^: is too large to validate, because .+ \[lockstep\/too-large\]: split it into several Secrets$/;

t.test('refuses too many keys, too many bytes and too much CPU time with one sentence each', async (t) => {
  const sizes: readonly [string, Values, RegExp, EngineContext][] = [
    ['keys', many(MAX_KEYS + 1, () => ''), /it has more than 10,000 keys/, testContext],
    ['bytes', { A: 'a'.repeat(MAX_BYTES) }, /it has more than 1\.5 MiB/, testContext],
    ['CPU time', STRONG, /validating it takes more than 250 ms of CPU time/, slow],
  ];
  for (const [what, data, limit, surroundings] of sizes) {
    const decision = validateSecret(aCreate({ ...data, JWT_SECRET: 'changeme' }), builtins, surroundings);
    const [only, ...others] = sentences(decision);
    t.same([others, decision.findings[0]?.action], [[], 'Enforce'], what);
    t.match(only, SENTENCE, what);
    t.match(only, limit, what);
  }
});

t.test('validates a Secret at the limits of keys and bytes', async (t) => {
  const keys = many(MAX_KEYS - 1, (index) => `${GOOD.password}${index}`);
  const bytes = { A: 'a'.repeat(MAX_BYTES - 'AJWT_SECRETchangeme'.length) };
  for (const data of [keys, bytes]) {
    const { findings } = validateSecret(aCreate({ ...data, JWT_SECRET: 'changeme' }), builtins, testContext);
    t.ok(findings.some(({ key, rule }) => key === 'JWT_SECRET' && rule === 'placeholder'));
    t.notOk(findings.some(({ rule }) => rule === 'too-large'));
  }
});

t.test('reads the CPU clock during the checks of single keys and of pairs', async (t) => {
  // Half of the time passes with each read: the second read ends the work.
  const soon = (): EngineContext => working(MAX_CPU_MS / 2 + 1);
  for (const [what, data] of Object.entries({
    'many keys': many(300, (index) => `${GOOD.password}${index}`),
    'long values': many(16, (index) => `${GOOD.password}${index}`.repeat(300)),
    'equal values': many(300, () => GOOD.key),
  })) {
    const { findings } = validateSecret(aCreate(data), builtins, soon());
    t.same(
      findings.map(({ rule }) => rule),
      ['too-large'],
      what,
    );
  }
});

t.test(
  'does not change a Secret that is too large, and only the validating webhook reports it',
  async (t) => {
    t.ok(
      mutateSecret(aCreate(CORRECTABLE), builtins, testContext).changes.length > 0,
      'it would be corrected',
    );
    const { changes, findings, skipped } = mutateSecret(aCreate(CORRECTABLE), builtins, slow);
    t.same([changes, findings, skipped], [[], [], undefined]);
    const decision = decide(aCreate(CORRECTABLE), builtins, slow);
    t.same([decision.changes, decision.findings.map(({ rule }) => rule)], [[], ['too-large']]);
  },
);

t.test('permits a write to a too large Secret if it changes no value', async (t) => {
  const before = many(MAX_KEYS + 1, () => '');
  t.equal(
    validateSecret(anUpdate(before, before, { labels: new Map([['a', 'b']]) }), builtins, testContext)
      .skipped,
    'unchanged',
  );
  const { findings } = validateSecret(
    anUpdate(before, { ...before, K0_PASSWORD: GOOD.password }),
    builtins,
    testContext,
  );
  t.same(
    findings.map(({ rule, action }) => `${action} ${rule}`),
    ['Enforce too-large'],
  );
});

t.test('the finding has the strongest action of the policies, up to the maximum action', async (t) => {
  const large = aCreate(many(MAX_KEYS + 1, () => ''));
  const policy = (name: string, action: Action, own?: Action) =>
    aPolicy(name, { action, keys: { K1_PASSWORD: { sensitive: true, ...(own && { action: own }) } } });
  const actionOf = (surroundings: EngineContext, ...policies: ReturnType<typeof aPolicy>[]) =>
    validateSecret(large, policies, surroundings).findings[0]?.action;
  t.equal(actionOf(testContext, policy('a', 'Audit')), 'Audit');
  t.equal(actionOf(testContext, policy('a', 'Audit'), policy('b', 'Warn')), 'Warn');
  t.equal(actionOf(testContext, policy('a', 'Audit'), policy('b', 'Warn', 'Enforce')), 'Enforce');
  t.equal(actionOf({ ...testContext, maxAction: 'Warn' }, policy('a', 'Enforce')), 'Warn');
  t.equal(actionOf({ ...testContext, maxAction: 'Audit' }, policy('a', 'Enforce')), 'Audit');
  const restorer = { ...large, username: 'system:serviceaccount:velero:velero' };
  t.equal(validateSecret(restorer, [policy('a', 'Enforce')], testContext).findings[0]?.action, 'Warn');
  t.equal(
    validateSecret(large, [aPolicy('c', { match: { names: ['x'] }, keys: { A: {} } })], testContext).skipped,
    'unmatched',
  );
});

const mandateOf = (secret: Secret) => permissionsFor(secret, undefined, withHeal('Always'), testContext);

t.test('reports a stored Secret that is too large, and the controller writes nothing', async (t) => {
  const stored = aSecret({ ...CORRECTABLE, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) });
  const mandate = mandateOf(stored);
  t.ok(mandate.mayHeal);
  t.ok(healingChanges(mandate, undefined, testContext).length > 0, 'it would be healed');
  const { decision, verdict } = auditStored(mandate, slow);
  t.same([verdict, decision.findings.map(({ rule }) => rule)], ['deny', ['too-large']]);
  t.same(healingChanges(mandate, undefined, slow), []);
  const record = newRecord('uid', stored.data, { time: new Date(0), by: 'x', why: { kind: 'seen' } });
  t.equal(nextWrite(mandate, record, testContext, { propagation: 0 }).kind, 'write');
  t.same(nextWrite(mandate, record, slow, { propagation: 0 }), {
    kind: 'none',
    requeueAt: undefined,
    obstacles: [],
  });
  const refused = [
    newDenialsFor(mandate, stored.data, new Set(), slow),
    withDerivedKeys(mandate, { set: new Map(), remove: [] }, new Set(), slow).refusals,
  ];
  for (const findings of refused)
    t.same(
      findings.map(({ rule }) => rule),
      ['too-large'],
    );
});

t.test('one budget applies to all validations within it', async (t) => {
  const policy = aPolicy('p', {
    keys: Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`G${index}`, { sensitive: true, generate: { length: 20 } }]),
    ),
  });
  const stored = aSecret(STRONG, { annotations: new Map([['lockstep.dev/generate', 'true']]) });
  const mandate = permissionsFor(stored, undefined, [policy, ...builtins], testContext);
  t.ok(mandate.mayGenerate);
  let looks = 0;
  const counting = {
    ...testContext,
    cpu: () => {
      looks += 1;
      return looks * (MAX_CPU_MS / 10);
    },
  };
  const record = newRecord('uid', stored.data, { time: new Date(0), by: 'x', why: { kind: 'seen' } });
  t.equal(nextWrite(mandate, record, counting, { propagation: 0 }).kind, 'none');
  t.equal(looks, 12, 'the clock runs on from one judgement to the next');
});
