import t from 'tap';
import { decide } from '../../../../src/engine/review/decide/decide.ts';
import type { Action } from '../../../../src/engine/secret/finding/finding.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  aPolicy,
  builtins,
  findingTexts,
  GOOD,
  mutated,
  reasons,
  reportedFindings,
  STORY,
  STORY_URL,
  sentences,
  testContext,
  validated,
  validatedOnly,
  writtenValues,
} from '../../../helpers/engine/engine.ts';

const COMPLETE = { ...STORY, DATABASE_URL: STORY_URL };

t.test('refuses the example Secret with placeholders, with one sentence for each fault', async (t) => {
  const decision = validated(
    aCreate({
      POSTGRES_USER: 'recon',
      POSTGRES_PASSWORD: 'CHANGE_ME',
      POSTGRES_DB: 'reconciliation',
      JWT_SECRET: 'your-jwt-secret-key-min-32-chars-long',
      JWT_REFRESH_SECRET: '$(openssl rand -base64 48)',
      CSRF_SECRET: '',
      REDIS_URL: 'redis://redis:6379/0',
    }),
  );
  t.same(reportedFindings(decision), [
    'Enforce JWT_REFRESH_SECRET placeholder',
    'Enforce JWT_SECRET placeholder',
    'Enforce POSTGRES_PASSWORD placeholder',
    'Warn PASSWORD_MASTER_KEY required',
  ]);
  for (const text of sentences(decision).filter((line) => !line.startsWith('PASSWORD_MASTER_KEY')))
    t.match(text, / \[lockstep\/placeholder\]: set a generated value, e\.g\. openssl rand /);
});

t.test('a correct Secret passes without a message', async (t) => {
  const decision = validated(aCreate(COMPLETE));
  t.same([findingTexts(decision), decision.changes], [[], []]);
  t.same(decision.policies, ['reconciliation', 'jwt-keys', 'no-placeholders', 'postgres-credentials']);
});

t.test('an optional key that is empty on CREATE passes', async (t) => {
  t.same(
    reportedFindings(
      validated(aCreate({ ...COMPLETE, CSRF_SECRET: '', PASSWORD_MASTER_KEY: '', REDIS_URL: '' })),
    ),
    [],
  );
});

t.test('refuses an empty or missing required key', async (t) => {
  t.same(reportedFindings(validated(aCreate({ ...COMPLETE, JWT_SECRET: '' }))), ['Enforce JWT_SECRET empty']);
  const { JWT_SECRET: _, ...without } = COMPLETE;
  t.same(reportedFindings(validated(aCreate(without))), ['Enforce JWT_SECRET required']);
});

t.test('refuses to empty a sensitive key that had a value', async (t) => {
  const before = { ...COMPLETE, CSRF_SECRET: GOOD.other + GOOD.password };
  t.same(reportedFindings(validated(anUpdate(before, { ...before, CSRF_SECRET: '' }))), [
    'Enforce CSRF_SECRET empty',
  ]);
});

t.test('refuses to remove a required key', async (t) => {
  const { JWT_SECRET: _, ...without } = COMPLETE;
  t.same(reportedFindings(validated(anUpdate(COMPLETE, without))), ['Enforce JWT_SECRET removed']);
});

t.test('refuses to remove a sensitive key that had a value, required or not', async (t) => {
  const { PASSWORD_MASTER_KEY: _, ...without } = COMPLETE;
  const dropped = validated(anUpdate(COMPLETE, without));
  t.same(reportedFindings(dropped), ['Enforce PASSWORD_MASTER_KEY removed']);
  t.match(sentences(dropped), [/^PASSWORD_MASTER_KEY: had a value and was removed .*: keep it, /]);
  t.same(
    reportedFindings(validated(anUpdate({ ...COMPLETE, PASSWORD_MASTER_KEY: '' }, without))),
    ['Warn PASSWORD_MASTER_KEY required'],
    'an empty one held nothing to lose',
  );
  t.same(reportedFindings(validated(anUpdate(without, without))), [], 'unchanged data, whatever it lacks');
  const { POSTGRES_USER: __, ...withoutUser } = COMPLETE;
  t.same(reportedFindings(validated(anUpdate(COMPLETE, withoutUser))), [], 'a key that is not sensitive');
});

t.test('the end of a rotation removes the previous value', async (t) => {
  const rotate = { schedule: '0 4 1 * *', previousKey: 'SIGNING_KEY_OLD' };
  const policy = aPolicy('signing', {
    match: {},
    keys: {
      SIGNING_KEY: { sensitive: true, generate: { bytes: 48 }, rotate },
      SIGNING_KEY_OLD: { sensitive: true },
    },
  });
  const both = { SIGNING_KEY: GOOD.key, SIGNING_KEY_OLD: GOOD.refresh };
  t.same(reportedFindings(validated(anUpdate(both, { SIGNING_KEY: GOOD.key }), [policy])), []);
  t.same(reportedFindings(validated(anUpdate(both, { SIGNING_KEY_OLD: GOOD.refresh }), [policy])), [
    'Enforce SIGNING_KEY removed',
  ]);
});

t.test('a new spelling of a sensitive key is no removal', async (t) => {
  const { CSRF_SECRET, ...without } = COMPLETE;
  t.same(reportedFindings(validated(anUpdate(COMPLETE, { ...without, 'csrf-secret': CSRF_SECRET }))), []);
});

t.test('warns of a recommended key that is missing', async (t) => {
  const { CSRF_SECRET: _, PASSWORD_MASTER_KEY: __, JWT_REFRESH_SECRET: ___, ...deployed } = COMPLETE;
  const decision = validated(aCreate(deployed));
  t.same(reportedFindings(decision), [
    'Warn CSRF_SECRET required',
    'Warn JWT_REFRESH_SECRET required',
    'Warn PASSWORD_MASTER_KEY required',
  ]);
  for (const text of sentences(decision)) t.match(text, /is missing, and its policy recommends it/);
});

t.test('refuses to remove a required derived key whose base key was invalid before', async (t) => {
  const bad = { ...COMPLETE, POSTGRES_PASSWORD: 'CHANGE_ME' };
  const { DATABASE_URL: _, ...without } = bad;
  t.same(reportedFindings(validated(anUpdate(bad, without))), [
    'Enforce DATABASE_URL required',
    'Warn POSTGRES_PASSWORD placeholder',
  ]);
  t.same(reportedFindings(validated(anUpdate(bad, { ...bad, DATABASE_URL: '' }))), [
    'Enforce DATABASE_URL empty',
    'Warn POSTGRES_PASSWORD placeholder',
  ]);
  t.same(reportedFindings(validated(anUpdate(without, { ...without, REDIS_URL: '' }))), [
    'Warn POSTGRES_PASSWORD placeholder',
  ]);
});

t.test('on UPDATE a finding about a key that this request did not change is a warning', async (t) => {
  const bad = { ...COMPLETE, JWT_SECRET: 'changeme' };
  t.same(reportedFindings(validated(anUpdate(bad, { ...bad, CSRF_SECRET: GOOD.other + GOOD.password }))), [
    'Warn JWT_SECRET placeholder',
  ]);
  t.same(reportedFindings(validated(anUpdate(bad, { ...bad, JWT_SECRET: 'changeme2' }))), [
    'Enforce JWT_SECRET placeholder',
  ]);
});

t.test('a derived key counts as changed when one of its base keys did', async (t) => {
  t.same(
    reportedFindings(validatedOnly(anUpdate(COMPLETE, { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other }))),
    ['Enforce DATABASE_URL mismatch'],
  );
  const drifted = { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other };
  t.same(reportedFindings(validatedOnly(anUpdate(drifted, { ...drifted, CSRF_SECRET: GOOD.key }))), [
    'Enforce CSRF_SECRET distinct',
    'Warn DATABASE_URL mismatch',
  ]);
});

t.test('a finding about two keys counts as changed when either did', async (t) => {
  const same = { ...COMPLETE, JWT_REFRESH_SECRET: GOOD.key };
  t.same(reportedFindings(validated(anUpdate(COMPLETE, same))), ['Enforce JWT_REFRESH_SECRET distinct']);
  t.same(reportedFindings(validated(anUpdate(same, { ...same, REDIS_URL: 'redis://redis:6379/0' }))), [
    'Warn JWT_REFRESH_SECRET distinct',
  ]);
});

t.test('a key that can not be derived refuses only where the policy requires it', async (t) => {
  const template = 'postgresql://${APP_USER}:${APP_PASSWORD}@db/app';
  const said = (required: boolean) =>
    findingTexts(
      validated(aCreate({ APP_USER: 'recon' }), [
        aPolicy('p', {
          keys: { APP_USER: {}, APP_PASSWORD: {}, APP_URL: { required, derive: { template } } },
        }),
      ]),
    );
  t.same(said(false), ['Warn APP_URL underivable']);
  t.same(said(true), ['Enforce APP_URL underivable']);
});

t.test('a key that lockstep adds brings in the policies that match by it', async (t) => {
  const first = aPolicy('first', { keys: { A: {}, B: { derive: { template: 'b-${A}' } } } });
  const second = aPolicy('second', {
    match: { hasKeys: ['B'] },
    keys: { B: {}, C: { derive: { template: 'c-${B}' } } },
  });
  const decision = validated(aCreate({ A: '1' }), [first, second]);
  t.same(writtenValues(decision), { B: 'b-1', C: 'c-b-1' });
  t.same(decision.policies, ['first', 'second']);
});

t.test('policies that contradict each other about an added key end with one answer', async (t) => {
  const adding = aPolicy('adding', {
    keys: { A: {}, B: { derive: { template: 'b-${A}' } }, C: { derive: { template: 'c-${A}' } } },
  });
  // It matches by the key B, and then B is not derived any more.
  const leaving = aPolicy('leaving', { precedence: 1, match: { hasKeys: ['B'] }, keys: { B: {} } });
  const decision = validated(aCreate({ A: '1' }), [adding, leaving]);
  t.same(writtenValues(decision), { C: 'c-1' });
  t.same(decision.policies, ['leaving', 'adding']);
});

t.test('a finding about two keys refuses where only the key that it does not name was changed', async (t) => {
  const before = { ...COMPLETE, JWT_REFRESH_SECRET: GOOD.refresh };
  t.same(reportedFindings(validated(anUpdate(before, { ...before, JWT_SECRET: GOOD.refresh }))), [
    'Enforce JWT_REFRESH_SECRET distinct',
  ]);
});

t.test(
  'an exception covers a key under its own name and under the spelling of the Secret, and no other key',
  async (t) => {
    const policyWith = (key: string) =>
      aPolicy('p', {
        keys: { POSTGRES_PASSWORD: { sensitive: true, aliases: ['postgres-password'] } },
        exceptions: [{ namespace: 'recon', name: '*', keys: [key], reason: 'OPS-1', until: '2026-11-25' }],
      });
    const request = aCreate({ 'postgres-password': 'changeme' });
    for (const key of ['POSTGRES_PASSWORD', 'postgres-password'])
      t.same(
        findingTexts(validated(request, [policyWith(key)])),
        ['Audit postgres-password placeholder'],
        key,
      );
    t.same(findingTexts(validated(request, [policyWith('PGPASSWORD')])), [
      'Enforce postgres-password placeholder',
    ]);
  },
);

t.test('an exception covers no Secret of another name or namespace', async (t) => {
  const of = (namespace: string, name: string) =>
    aPolicy('p', {
      keys: { TOKEN: { sensitive: true } },
      exceptions: [{ namespace, name, keys: ['TOKEN'], reason: 'OPS-1', until: '2026-11-25' }],
    });
  const request = aCreate({ TOKEN: 'changeme' }, { namespace: 'recon', name: 'app' });
  t.same(findingTexts(validated(request, [of('recon', 'app')])), ['Audit TOKEN placeholder']);
  for (const other of [of('recon', 'shop'), of('shop', 'app')])
    t.same(findingTexts(validated(request, [other])), ['Enforce TOKEN placeholder']);
});

t.test('skips an object whose data is unchanged, also during its deletion', async (t) => {
  const bad = { ...STORY, JWT_SECRET: 'changeme' };
  for (const deleting of [false, true]) {
    for (const ask of [validated, validatedOnly, mutated]) {
      const { skipped, findings, changes } = ask(anUpdate(bad, bad, { deleting }));
      t.same([skipped, findings, changes], ['unchanged', [], []]);
    }
  }
});

t.test('validates and corrects changed data of an object during its deletion', async (t) => {
  const update = anUpdate(COMPLETE, { ...COMPLETE, JWT_SECRET: 'changeme' }, { deleting: true });
  t.same(reportedFindings(validatedOnly(update)), ['Enforce JWT_SECRET placeholder']);
  const rotated = anUpdate(COMPLETE, { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other }, { deleting: true });
  t.match(writtenValues(mutated(rotated)).DATABASE_URL, `:${GOOD.other}@`);
});

t.test('corrects without a warning if the write is refused anyway', async (t) => {
  const rotated = { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other };
  const warnings = (after: Readonly<Record<string, string>>) => {
    const { changes } = mutated(anUpdate(COMPLETE, after));
    t.same(
      changes.map(({ key }) => key),
      ['DATABASE_URL'],
    );
    return changes.map(({ warning }) => warning);
  };
  t.match(warnings(rotated), ['password now follows POSTGRES_PASSWORD [lockstep/mismatch]']);
  t.same(warnings({ ...rotated, JWT_SECRET: 'changeme' }), [undefined]);
});

t.test('never touches some types, namespaces and writers', async (t) => {
  const bad = { password: 'changeme' };
  for (const type of [
    'helm.sh/release.v1',
    'kubernetes.io/service-account-token',
    'bootstrap.kubernetes.io/token',
    'lockstep.dev/record',
  ]) {
    t.equal(validated(aCreate(bad, { type })).skipped, 'exempt', type);
  }
  for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease', 'lockstep-system']) {
    t.equal(validated(aCreate(bad, { namespace })).skipped, 'exempt', namespace);
  }
  t.equal(
    validated(aCreate(bad, {}, 'system:serviceaccount:lockstep-system:lockstep-controller')).skipped,
    'exempt',
  );
  t.equal(validated(aCreate(bad, {}, 'system:serviceaccount:team:lockstep')).skipped, undefined);
});

t.test('never patches an immutable Secret on UPDATE', async (t) => {
  const decision = mutated(
    anUpdate(COMPLETE, { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other }, { immutable: true }),
  );
  t.same(decision.changes, []);
  t.same(
    writtenValues(mutated(aCreate(STORY, { immutable: true }))),
    { DATABASE_URL: STORY_URL },
    'on CREATE it is',
  );
});

t.test('an immutable Secret takes the manifest that made it again, and no other', async (t) => {
  const immutable = { immutable: true };
  for (const sent of [
    STORY,
    { ...STORY, DATABASE_URL: '' },
    { ...STORY, DATABASE_URL: STORY_URL.replace(GOOD.password, GOOD.other) },
    { ...STORY, POSTGRES_PASSWORD: `${GOOD.password}\n` },
  ]) {
    const stored = { ...sent, ...writtenValues(mutated(aCreate(sent, immutable))) };
    const again = anUpdate(stored, sent, immutable);
    t.same({ ...sent, ...writtenValues(mutated(again)) }, stored);
    t.same(validated(again).findings, []);
    t.same(mutated(anUpdate({ ...stored, FLAG: 'on' }, sent, immutable)).changes, [], 'a key is missing');
    t.same(mutated(anUpdate(stored, { ...sent, FLAG: 'on' }, immutable)).changes, [], 'a key is new');
    const other = { ...sent, POSTGRES_PASSWORD: GOOD.other };
    t.same(mutated(anUpdate(stored, other, immutable)).changes, [], 'another value');
  }
  const owned = { ...immutable, controller: 'ExternalSecret/recon' };
  t.same(mutated(anUpdate({ ...STORY, DATABASE_URL: STORY_URL }, STORY, owned)).changes, []);
});

t.test('validates an owned Secret, and does not change it', async (t) => {
  const eso = { controller: 'ExternalSecret/recon' };
  const stale = { ...COMPLETE, POSTGRES_PASSWORD: GOOD.other };
  t.same(validated(aCreate(stale, eso)).changes, []);
  t.same(reportedFindings(validated(aCreate(stale, eso))), ['Enforce DATABASE_URL mismatch']);
  t.match(validated(aCreate(stale, eso)).findings, [
    { fix: /^correct it in the ExternalSecret's template: lockstep render --external-secret/ },
  ]);
  const marked = { annotations: new Map([['reconcile.external-secrets.io/data-hash', 'x']]) };
  t.same(validated(aCreate(stale, marked)).changes, []);
});

t.test('warns a warn-only user, and neither refuses nor changes the write', async (t) => {
  const decision = validated(
    aCreate({ ...COMPLETE, POSTGRES_PASSWORD: 'changeme\n' }, {}, 'system:serviceaccount:velero:velero'),
  );
  t.same(decision.changes, []);
  t.ok(reportedFindings(decision).length > 0);
  t.ok(reportedFindings(decision).every((line) => line.startsWith('Warn ')));
});

t.test('no finding exceeds the maximum action', async (t) => {
  const refused = aCreate({ ...COMPLETE, POSTGRES_PASSWORD: 'changeme' });
  const actions = (maxAction: Action) =>
    decide(refused, builtins, { ...testContext, maxAction }).findings.map(({ action }) => action);
  t.ok(actions('Enforce').includes('Enforce'));
  t.same(
    actions('Warn'),
    actions('Enforce').map((action) => (action === 'Enforce' ? 'Warn' : action)),
  );
  t.same(new Set(actions('Audit')), new Set(['Audit']));
});

t.test('changes nothing under the action Audit of a policy, a key or the operator', async (t) => {
  const keys = {
    USER: {},
    PASSWORD: { sensitive: true },
    TOKEN: { required: true, generate: { bytes: 48 } },
    URL: { required: true, derive: { template: 'postgresql://${USER}:${PASSWORD}@db:5432/app' } },
  };
  const data = {
    USER: 'app\n',
    PASSWORD: GOOD.password,
    URL: `postgresql://app:${GOOD.other}@db:5432/app`,
  };
  const request = aCreate(data, { annotations: new Map([['lockstep.dev/generate', 'true']]) });
  const byAudit = Object.fromEntries(
    Object.entries(keys).map(([key, of]) => [key, { ...of, action: 'Audit' }]),
  );
  const policies = { mended: { keys }, policy: { keys, action: 'Audit' }, key: { keys: byAudit } };
  t.same(Object.keys(writtenValues(validated(request, [aPolicy('p', policies.mended)]))).sort(), [
    'TOKEN',
    'URL',
    'USER',
  ]);
  for (const spec of [policies.policy, policies.key]) {
    const decision = validated(request, [aPolicy('p', spec)]);
    t.same(decision.changes, []);
    t.same(findingTexts(decision), [
      'Audit TOKEN required',
      'Audit URL mismatch',
      'Audit USER trailing-newline',
    ]);
    t.match(
      sentences(decision).join('\n'),
      /URL: has another user, password than USER, PASSWORD .*: correct it, because lockstep corrects nothing with action: Audit/,
    );
  }
  const { changes, findings } = decide(request, [aPolicy('p', policies.mended)], {
    ...testContext,
    maxAction: 'Audit',
  });
  t.same(changes, []);
  t.ok(findings.every(({ action }) => action === 'Audit'));
  const { URL: _, ...bare } = data;
  const missing = validated(aCreate(bare), [aPolicy('p', policies.policy)]);
  t.match(sentences(missing).join('\n'), /URL: is missing .*: set it from USER, PASSWORD: by action: Audit/);
});

t.test('generates values only for a new Secret that asks for it', async (t) => {
  const asks = { annotations: new Map([['lockstep.dev/generate', 'true']]) };
  const few = { POSTGRES_USER: 'recon', POSTGRES_DB: 'reconciliation' };
  const decision = validated(aCreate(few, asks));
  t.same(Object.keys(writtenValues(decision)).sort(), [
    'CSRF_SECRET',
    'DATABASE_URL',
    'JWT_REFRESH_SECRET',
    'JWT_SECRET',
    'PASSWORD_MASTER_KEY',
    'POSTGRES_PASSWORD',
  ]);
  t.match(writtenValues(decision).POSTGRES_PASSWORD, /^[A-Za-z0-9]{32}$/);
  t.match(
    writtenValues(decision).DATABASE_URL,
    `postgresql://recon:${writtenValues(decision).POSTGRES_PASSWORD}@`,
  );
  t.equal(reasons(decision).POSTGRES_PASSWORD, 'required');
  t.same(validated(aCreate(few)).changes, [], 'not without the annotation');
  t.same(validated(anUpdate(few, { ...few, X: '1' }, asks)).changes, [], 'not on UPDATE');
  t.equal(writtenValues(validated(aCreate(STORY, asks))).JWT_SECRET, undefined, 'not where there is a value');
});

t.test('a key that lockstep adds brings in the policies that match by it', async (t) => {
  const asks = { annotations: new Map([['lockstep.dev/generate', 'true']]) };
  const decision = validated(aCreate({ POSTGRES_USER: 'recon', POSTGRES_DB: 'd', 'db-host': 'pg' }, asks));
  t.ok(decision.policies.includes('postgres-credentials'));
  t.match(writtenValues(decision).DATABASE_URL, '@pg:5432/d');
});

t.test(
  'a key that lockstep writes on UPDATE counts as changed, as the validating webhook sees it',
  async (t) => {
    const p = aPolicy('p', { keys: { A: {}, K: { derive: { template: 'x-${A}' }, format: 'uuid' } } });
    t.same(reportedFindings(validated(anUpdate({ A: '1' }, { A: '2' }), [p])), ['Enforce K format']);
  },
);

t.test('only the matching policy of the highest precedence decides about a key', async (t) => {
  const low = aPolicy('low', { precedence: 1, keys: { TOKEN: { sensitive: true, minLength: 99 } } });
  const high = aPolicy('high', { precedence: 2, keys: { TOKEN: { action: 'Warn', minLength: 50 } } });
  t.same(reportedFindings(validated(aCreate({ TOKEN: GOOD.password }), [low, high])), [
    'Warn TOKEN min-length',
  ]);
  const a = aPolicy('a', { keys: { TOKEN: {} } });
  const b = aPolicy('b', { keys: { TOKEN: { minLength: 99 } } });
  t.same(
    reportedFindings(validated(aCreate({ TOKEN: GOOD.password }), [b, a])),
    [],
    'on a tie the name first in the alphabet wins',
  );
});

t.test('a policy matches before or after the write, so removing a label does not avoid it', async (t) => {
  const labelled = aPolicy('labelled', {
    match: { labelSelector: { matchLabels: { tier: 'prod' } } },
    keys: { TOKEN: { sensitive: true, minLength: 32 } },
  });
  const request = anUpdate({ TOKEN: GOOD.key }, { TOKEN: GOOD.password });
  const before = { ...request.old!, labels: new Map([['tier', 'prod']]) };
  t.same(reportedFindings(validated({ ...request, old: before }, [labelled])), ['Enforce TOKEN min-length']);
  t.equal(validated(request, [labelled]).skipped, 'unmatched');
});

t.test('an exception is in effect to the end of its day, UTC, and then ignored and reported', async (t) => {
  const until = (day: string) =>
    aPolicy('p', {
      keys: { TOKEN: { sensitive: true } },
      exceptions: [{ namespace: 'rec*', name: '*', keys: ['TOKEN'], reason: 'OPS-412', until: day }],
    });
  t.same(findingTexts(validated(aCreate({ TOKEN: 'changeme' }), [until('2026-11-25')])), [
    'Audit TOKEN placeholder',
  ]);
  const past = validated(aCreate({ TOKEN: 'changeme' }), [until('2026-11-24')]);
  t.same(findingTexts(past), ['Enforce TOKEN placeholder']);
  t.match(sentences(past)[0], /the exception OPS-412 ran out on 2026-11-24/);
});

t.test('an exception covers its own key of two, and lockstep does not correct it', async (t) => {
  const except = (key: string) =>
    aPolicy('p', {
      keys: {
        A: { sensitive: true },
        B: { sensitive: true },
        URL: { derive: { template: 'postgresql://app:${A}@db:5432/app' } },
      },
      exceptions: [{ namespace: 'recon', name: 'app-*', keys: [key], reason: 'OPS-1', until: '2026-11-25' }],
    });
  const data = { A: GOOD.key, B: GOOD.key, URL: 'postgresql://app:x9Kq2@db:5432/app' };
  const generated = { name: '', generateName: 'app-' };
  t.same(reportedFindings(validated(aCreate(data, generated), [except('A')])), ['Enforce B distinct']);
  const left = validated(aCreate({ ...data, B: GOOD.refresh }, generated), [except('URL')]);
  t.same([findingTexts(left), writtenValues(left)], [['Audit URL mismatch'], {}]);
});

t.test('breaks a cycle of two policies at the key that closes it', async (t) => {
  const low = aPolicy('low', { keys: { Y: { derive: { template: 'b-${X:-x}' } } } });
  const high = aPolicy('high', { precedence: 1, keys: { X: { derive: { template: 'a-${Y:-y}' } } } });
  const request = aCreate({ X: '1', Y: '2' });
  const decision = validated(request, [low, high]);
  t.same([reportedFindings(decision), writtenValues(decision)], [[], { X: 'a-2' }]);
  t.same(validated(afterMutation(request, decision), [low, high]).changes, []);
});

t.test('the stronger action counts for a finding about two keys', async (t) => {
  const p = aPolicy('p', {
    keys: {
      A: { sensitive: true, action: 'Warn' },
      B: { sensitive: true, action: 'Enforce', distinctFrom: ['A'] },
    },
  });
  t.same(reportedFindings(validated(aCreate({ A: GOOD.key, B: GOOD.key }), [p])), ['Enforce B distinct']);
});

t.test(
  'any Secret: keys that sound sensitive, and passwords inside URLs and files, must not be placeholders',
  async (t) => {
    const data = {
      'api-key': 'your-api-key-here',
      mongoUri: 'mongodb://app:changeme@mongo/app',
      username: 'admin',
      'config.yaml': 'password: changeme\nuser: x\n',
    };
    t.same(reportedFindings(validated(aCreate(data, { name: 'other' }))), [
      'Enforce api-key placeholder',
      'Enforce config.yaml placeholder',
      'Enforce mongoUri placeholder',
    ]);
  },
);

t.test('treats keys with the names of Object’s properties like others', async (t) => {
  const request = aCreate({ constructor: 'x', toString: 'y', hasOwnProperty: 'z', ...STORY });
  const withProto = {
    ...request,
    secret: {
      ...request.secret,
      data: new Map([['__proto__', request.secret.data.get('JWT_SECRET')!], ...request.secret.data]),
    },
  };
  t.same(writtenValues(validated(withProto)), { DATABASE_URL: STORY_URL });
});

t.test('skips a Secret that no policy matches', async (t) => {
  t.equal(validated(aCreate({ a: 'b' }), []).skipped, 'unmatched');
  t.equal(
    validated(aCreate({ a: 'b' }), builtins).skipped,
    undefined,
    'no-placeholders matches every Secret',
  );
});
