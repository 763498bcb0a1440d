import { Buffer } from 'node:buffer';
import t from 'tap';
import { answerPolicyReview } from '../../../src/admission/policy-review/validate-policy.ts';
import { policyLogEntry } from '../../../src/admission/telemetry/log-entry.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aPolicyObject, aPolicyReview, aPolicyValidator } from '../../helpers/admission/policy-review.ts';
import { bytesOf, type Json } from '../../helpers/admission/review.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aRedisCredentialObject } from '../../helpers/login/redis-credential.ts';

const validator = aPolicyValidator();

const GOOD = { keys: { TOKEN: { required: true } } };
const CYCLIC = { keys: { A: { derive: { template: '${B}' } }, B: { derive: { template: '${A}' } } } };

function answered(request: Json = {}, review: Json = {}) {
  const {
    answer,
    json,
    review: read,
  } = answerPolicyReview(bytesOf(aPolicyReview(request, review)), validator);
  return { answer, json, response: JSON.parse(json).response, read };
}

const created = (spec: unknown, metadata: Json = {}) => answered({ object: aPolicyObject(spec, metadata) });

function refusal(body: Buffer): LockstepError {
  try {
    answerPolicyReview(body, validator);
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  throw new Error('the review was answered');
}

t.test('allows a valid policy, in the version of its request', async (t) => {
  for (const apiVersion of ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1']) {
    const { json } = answered({ object: aPolicyObject(GOOD) }, { apiVersion });
    t.same(JSON.parse(json), {
      kind: 'AdmissionReview',
      apiVersion,
      response: {
        uid: 'b1d0d2f4-54a0-4b0f-8a0e-0d3c8d4c3f01',
        allowed: true,
        auditAnnotations: { verdict: 'allowed' },
      },
    });
  }
});

t.test('refuses an invalid policy with a cause and a fix for each field', async (t) => {
  for (const apiVersion of ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1']) {
    const { json, answer } = answered({ object: aPolicyObject(CYCLIC) }, { apiVersion });
    const message =
      'is derived from itself, directly or through other derived keys: break the cycle [lockstep]';
    const causes = ['A', 'B'].map((key) => ({
      reason: 'FieldValueInvalid',
      field: `spec.keys.${key}.derive.template`,
      message,
    }));
    t.same(JSON.parse(json), {
      kind: 'AdmissionReview',
      apiVersion,
      response: {
        uid: 'b1d0d2f4-54a0-4b0f-8a0e-0d3c8d4c3f01',
        allowed: false,
        status: {
          code: 422,
          reason: 'Invalid',
          message: causes.map(({ field }) => `${field}: ${message}`).join('\n'),
          details: { name: 'shop', group: 'lockstep.dev', kind: 'SecretPolicy', causes },
        },
        auditAnnotations: {
          verdict: 'denied',
          faults: 'spec.keys.A.derive.template,spec.keys.B.derive.template',
        },
      },
    });
    t.same(answer.faults, ['spec.keys.A.derive.template', 'spec.keys.B.derive.template']);
  }
});

t.test('allows a label on a stored invalid policy, and validates a change of its spec', async (t) => {
  const update = (generation: number, spec: unknown = CYCLIC) =>
    answered({
      operation: 'UPDATE',
      object: aPolicyObject(spec, { generation, labels: { team: 'payments' } }),
      oldObject: aPolicyObject(CYCLIC, { generation: 4 }),
    });
  const labelled = update(4);
  t.equal(labelled.response.allowed, true);
  t.equal(labelled.answer.verdict, 'warned');
  t.match(labelled.response.warnings, [
    /^spec: can not be used, and was so before this write: .* \[lockstep\]$/,
    /^spec\.keys\.A\.derive\.template: is derived from itself/,
    /^spec\.keys\.B\.derive\.template: is derived from itself/,
  ]);
  t.equal(update(5).response.allowed, false);
  t.equal(update(5, GOOD).answer.verdict, 'allowed');
});

t.test('treats an update without a generation as a change', async (t) => {
  const bare = aPolicyObject(CYCLIC, { generation: undefined });
  const { response } = answered({ operation: 'UPDATE', object: bare, oldObject: bare });
  t.equal(response.allowed, false);
});

t.test('skips the status, DELETE, and a policy that is being deleted', async (t) => {
  const bad = aPolicyObject(CYCLIC);
  const deleting = aPolicyObject(CYCLIC, { deletionTimestamp: '2026-06-01T00:00:00Z', generation: 2 });
  for (const request of [
    { operation: 'UPDATE', subResource: 'status', object: bad, oldObject: bad },
    { operation: 'DELETE', object: null, oldObject: bad },
    { operation: 'DELETE', name: '', object: null, oldObject: null },
    { operation: 'CONNECT', object: null },
    { operation: 'UPDATE', object: deleting, oldObject: bad },
  ]) {
    const { response, answer } = answered(request);
    t.same(response, { uid: response.uid, allowed: true });
    t.equal(answer.verdict, 'passed');
  }
});

t.test('warns of an expired exception, and not of one on its last day', async (t) => {
  const until = (day: string) => ({ namespace: 'a', name: 'b', keys: ['TOKEN'], reason: 'T-1', until: day });
  const { response, answer } = created({
    ...GOOD,
    exceptions: [until('2026-06-01'), until('2026-05-31')],
  });
  t.equal(response.allowed, true);
  t.same(response.warnings, [
    'spec.exceptions[1]: ran out on 2026-05-31 and is ignored: renew or remove it [lockstep]',
  ]);
  t.equal(answer.verdict, 'warned');
  t.same(response.auditAnnotations, { verdict: 'warned', faults: 'spec.exceptions[1]' });
});

t.test('refuses a malformed review with the name of the field', async (t) => {
  const kind = (group: string, name: string) => ({ kind: { group, version: 'v1', kind: name } });
  const wrong = 'request.kind: must be SecretPolicy or PostgresCredential or RedisCredential of lockstep.dev';
  for (const [body, message] of [
    [Buffer.alloc(0), 'the body is empty; send an AdmissionReview as JSON'],
    [Buffer.from('{'), 'the body is not JSON'],
    [bytesOf([]), 'the body: must be an object'],
    [bytesOf(aPolicyReview({ uid: undefined })), 'request.uid: is missing'],
    [
      bytesOf(aPolicyReview({}, { apiVersion: 'v1' })),
      'apiVersion: must be admission.k8s.io/v1 or admission.k8s.io/v1beta1',
    ],
    [bytesOf(aPolicyReview(kind('', 'Secret'))), wrong],
    [bytesOf(aPolicyReview(kind('', 'SecretPolicy'))), wrong],
    [bytesOf(aPolicyReview(kind('lockstep.dev', 'SecretRotation'))), wrong],
    [bytesOf(aPolicyReview(kind('lockstep.dev', 'PostgresCredential'))), wrong],
    [bytesOf(aPolicyReview(kind('lockstep.dev', 'RedisCredential'))), wrong],
    [
      bytesOf(
        aPolicyReview({ resource: { group: 'lockstep.dev', version: 'v1alpha1', resource: 'others' } }),
      ),
      wrong,
    ],
    [bytesOf(aPolicyReview({ kind: undefined })), 'request.kind: is missing'],
    [bytesOf(aPolicyReview({ object: null })), 'request.object: is missing'],
    [bytesOf(aPolicyReview({ object: 'text' })), 'request.object: must be an object'],
    [bytesOf(aPolicyReview({ object: { metadata: [] } })), 'request.object.metadata: must be an object'],
    [bytesOf(aPolicyReview({ operation: 'UPDATE' })), 'request.oldObject: is missing'],
  ] as const) {
    const error = refusal(body);
    t.equal(error.message, message);
    t.equal(error.status, 400);
  }
});

t.test('refuses an object that breaks the CRD schema', async (t) => {
  for (const [object, message] of [
    [{}, /^spec: is no SecretPolicy/],
    [{ kind: 'Secret', data: {} }, /^spec: is no SecretPolicy/],
    [{ ...aPolicyObject(), apiVersion: 'lockstep.dev/v9' }, /^apiVersion: must be lockstep\.dev\/v1alpha1/],
    [{ ...aPolicyObject(), spec: undefined }, /^spec: is missing/],
    [{ ...aPolicyObject(), spec: [] }, /^spec: has the wrong type/],
    [{ ...aPolicyObject(), metadata: undefined }, /^metadata/],
    [{ ...aPolicyObject(), spec: { kyes: {} } }, /^spec\.kyes: is no field of a SecretPolicy/],
  ] as const) {
    const { response } = answered({ object });
    t.equal(response.allowed, false);
    t.match(response.status.message, message);
  }
});

const keys = (count: number, key: (index: number) => unknown): Json => ({
  keys: Object.fromEntries(Array.from({ length: count }, (_, index) => [`K${index}`, key(index)])),
});

t.test('refuses a hostile policy with a short answer that names the field', async (t) => {
  const chain = (index: number) => ({ derive: { template: `\${K${index + 1}}` } });
  const proto = JSON.parse('{"keys": {"__proto__": {"required": true}}}');
  const deep = JSON.parse(`${'{"keys":'.repeat(2000)}1${'}'.repeat(2000)}`);
  for (const [what, spec, message] of [
    ['10,000 keys', keys(10_000, () => ({})), /^spec\.keys: has too many entries: at most 1000/],
    ['fields without end', keys(60_000, () => ({})), /^spec: holds more than 20000 fields/],
    [
      'a long chain without an end',
      keys(1000, chain),
      /^spec\.keys\.K999\.derive\.template: names \$\{K1000\}/,
    ],
    [
      'a cycle of a thousand',
      keys(1000, (index) => ({ derive: { template: `\${K${(index + 1) % 1000}}` } })),
      /^spec\.keys\.K0\.derive\.template: is derived from itself[\s\S]*spec: has 980 more faults/,
    ],
    [
      'a template that names itself',
      { keys: { A: { derive: { template: 'x-${A}' } } } },
      /^spec\.keys\.A\.derive\.template: is derived from itself/,
    ],
    [
      'templates that double',
      keys(40, (index) =>
        index === 0 ? {} : { derive: { template: `\${K${index - 1}}\${K${index - 1}}` } },
      ),
      /^spec\.keys\.K9\.derive\.template: repeats its base keys/,
    ],
    [
      'a template of 10 KB',
      { keys: { A: { derive: { template: '${'.repeat(5000) } } } },
      /A\.derive\.template: /,
    ],
    ['a glob of 10 KB', { match: { names: ['*?'.repeat(5000)] } }, /^spec\.match\.names\[0\]: is too long/],
    [
      '10,000 globs',
      { match: { names: Array(10_000).fill('*') } },
      /^spec\.match\.names: has too many entries/,
    ],
    ['a right-to-left name', { keys: { 'TOKEN\u202e': {} } }, /^spec\.keys\[TOKEN\\u202e\]: is no key/],
    ['a look-alike', { keys: { 'T\u041eKEN': {} } }, /^spec\.keys\[T\\u041eKEN\]: is no key/],
    ['a name with a line', { keys: { 'A\nspec: ok': {} } }, /^spec\.keys\[A\\u000aspec: ok\]: is no key/],
    ['a name of 100 KB', { keys: { ['A'.repeat(100_000)]: {} } }, /^spec\.keys\[A{253}\.\.\.\]: is too long/],
    ['a half character', { keys: { '\ud800': {} } }, /^spec\.keys\[\\ud800\]: is no key/],
    ['__proto__', proto, /^spec\.keys\.__proto__: is a name that JavaScript keeps for itself/],
    ['constructor as a field', { constructor: {} }, /^spec\.constructor: is no field/],
    ['nested deeply', deep, /: is nested too deep for a policy/],
    ['a number of a text', { precedence: '7' }, /^spec\.precedence: /],
  ] as const) {
    const { response, answer, read, json } = created(spec);
    t.equal(response.allowed, false, what);
    t.match(response.status.message, message, what);
    t.ok(
      response.status.message.split('\n').every((line: string) => line.endsWith(' [lockstep]')),
      what,
    );
    t.ok(response.status.details.causes.length <= 21, what);
    t.ok(json.length < 32_000, `${what}: an answer of ${json.length}`);
    t.ok(response.auditAnnotations.faults.length <= 256, what);
    const entry = policyLogEntry({ webhook: 'validate-policy', review: read, answer, milliseconds: 1 });
    t.ok(JSON.stringify(entry).length < 10_000, what);
  }
  t.equal(({} as Json).required, undefined);
});

t.test('answers an object with the deepest nesting of a 7 MiB body, in any field', async (t) => {
  const [before = '', after = ''] = JSON.stringify(aPolicyReview({ object: 'HERE' })).split('"HERE"');
  const nested = `${'[{"a":'.repeat(500_000)}1${'}]'.repeat(500_000)}`;
  const written = (fields: string) =>
    Buffer.from(`${before}{"apiVersion":"lockstep.dev/v1alpha1","kind":"SecretPolicy",${fields}}${after}`);
  for (const [fields, verdict] of [
    [`"metadata":{"name":"p"},"spec":${nested}`, 'denied'],
    [`"metadata":{"name":"p","x":${nested}},"spec":{}`, 'allowed'],
    [`"metadata":{"name":"p"},"spec":{},"status":${nested}`, 'allowed'],
    [`"metadata":{"name":"p"},"spec":{},"x":${nested}`, 'denied'],
    [`"metadata":{"name":${nested}},"spec":{}`, 'denied'],
  ] as const) {
    t.equal(answerPolicyReview(written(fields), validator).answer.verdict, verdict, fields.slice(0, 50));
  }
  const error = refusal(Buffer.from(`${before}${nested}${after}`));
  t.equal(error.message, 'request.object: must be an object');
});

t.test('treats key names such as `constructor` like any other', async (t) => {
  const { response } = created({
    keys: {
      constructor: { derive: { template: '${toString}' } },
      toString: { aliases: ['valueOf'] },
      hasOwnProperty: {},
    },
  });
  t.equal(response.allowed, true);
  const unnamed = created({ keys: { A: { derive: { template: '${toString}' } } } });
  t.match(unnamed.response.status.message, /names \$\{toString\}, which is neither under keys/);
});

t.test('repeats no value of a policy, for any fault', async (t) => {
  const value = 'zQ8rT5wX2vLk';
  const wrongs: readonly unknown[] = [
    { keys: { A: { default: [value] } } },
    { keys: { A: { default: { a: value } } } },
    { keys: { A: { default: value.repeat(1000) } } },
    { keys: { A: value } },
    { keys: value },
    { keys: { A: { default: value, derive: { template: '${A}' } } } },
    { keys: { A: { derive: { template: `postgresql://app:${value}@\${` } } } },
    { keys: { A: { derive: { template: `postgresql://app:${value}@a@b/c d#` } } } },
    { keys: { A: { generate: { length: value } } } },
    { keys: { A: { generate: value } } },
    { keys: { A: { format: value } } },
    { keys: { A: { action: value } } },
    { keys: { A: { maxAge: value, rotate: { schedule: value, timeZone: `${value} ` } } } },
    { environments: { prod: { A: [value] } } },
    { environments: { prod: { A: value.repeat(1000) } } },
    { environments: { prod: value } },
    { environments: [value] },
    {
      match: {
        names: [`${value}_`],
        types: [`${value} `],
        labelSelector: { matchLabels: { a: `${value}/` } },
      },
    },
    { precedence: value, heal: value },
    {
      exceptions: [
        { namespace: value, name: value, keys: [`${value}/`], reason: `${value}\n`, until: value },
      ],
    },
  ];
  for (const spec of wrongs) {
    const { json, answer, read } = created(spec);
    const entry = policyLogEntry({ webhook: 'validate-policy', review: read, answer, milliseconds: 1 });
    t.equal(answer.verdict, 'denied', JSON.stringify(spec).slice(0, 100));
    for (let at = 0; at + 4 <= value.length; at += 1) {
      const piece = value.slice(at, at + 4);
      t.notOk((json + JSON.stringify(entry)).includes(piece), json.slice(0, 500));
    }
  }
});

t.test('logs the user, the kind and the faults of a review', async (t) => {
  const { read, answer } = answered({ object: aPolicyObject(CYCLIC), dryRun: true });
  t.same(policyLogEntry({ webhook: 'validate-policy', review: read, answer, milliseconds: 0.12345 }), {
    webhook: 'validate-policy',
    uid: 'b1d0d2f4-54a0-4b0f-8a0e-0d3c8d4c3f01',
    traceparent: undefined,
    operation: 'CREATE',
    kind: 'SecretPolicy',
    namespace: undefined,
    name: 'shop',
    user: 'jane',
    dryRun: true,
    verdict: 'denied',
    faults: ['spec.keys.A.derive.template', 'spec.keys.B.derive.template'],
    ms: 0.123,
  });
});

const CREDENTIAL = {
  kind: { group: 'lockstep.dev', version: 'v1alpha1', kind: 'PostgresCredential' },
  resource: { group: 'lockstep.dev', version: 'v1alpha1', resource: 'postgrescredentials' },
  namespace: 'shop',
};
const ROTATED = { rotation: { schedule: '0 3 1 * *', timeZone: 'Europe/Berlin' } };
const WRONG_TIME = { rotation: { schedule: '0 3 30 2 *', timeZone: 'Europe/Bonn' } };

t.test('validates a PostgresCredential, and logs its faults with their fields', async (t) => {
  const { answer, response } = answered({ ...CREDENTIAL, object: aCredentialObject(ROTATED) });
  t.equal(answer.verdict, 'allowed');
  t.same(response.auditAnnotations, { verdict: 'allowed' });
  const refused = answered({ ...CREDENTIAL, object: aCredentialObject(WRONG_TIME) });
  t.match(refused.response, {
    allowed: false,
    status: {
      code: 422,
      details: {
        kind: 'PostgresCredential',
        causes: [
          { field: 'spec.rotation.schedule', message: /^never comes: .* \[lockstep\]$/ },
          { field: 'spec.rotation.timeZone', message: /^is no time zone that is known: .* \[lockstep\]$/ },
        ],
      },
    },
  });
  const { read: review } = refused;
  t.match(policyLogEntry({ webhook: 'validate-policy', review, answer: refused.answer, milliseconds: 1 }), {
    kind: 'PostgresCredential',
    namespace: 'shop',
    faults: ['spec.rotation.schedule', 'spec.rotation.timeZone'],
  });
});

t.test('validates a RedisCredential', async (t) => {
  const review = {
    kind: { group: 'lockstep.dev', version: 'v1alpha1', kind: 'RedisCredential' },
    resource: { group: 'lockstep.dev', version: 'v1alpha1', resource: 'rediscredentials' },
    namespace: 'shop',
  };
  t.equal(answered({ ...review, object: aRedisCredentialObject(ROTATED) }).answer.verdict, 'allowed');
  t.match(answered({ ...review, object: aRedisCredentialObject(WRONG_TIME) }).response, {
    allowed: false,
    status: {
      code: 422,
      details: {
        kind: 'RedisCredential',
        causes: [{ field: 'spec.rotation.schedule' }, { field: 'spec.rotation.timeZone' }],
      },
    },
  });
});

t.test('allows a label and a status on a stored invalid PostgresCredential', async (t) => {
  const [object, oldObject] = [{ generation: 2, labels: { a: 'b' } }, { generation: 2 }].map((metadata) =>
    aCredentialObject(WRONG_TIME, metadata),
  );
  const { response } = answered({ ...CREDENTIAL, operation: 'UPDATE', object, oldObject });
  t.match(response, {
    allowed: true,
    warnings: [/^spec: can not be used, and was so before this write: lockstep leaves the login as it is/],
  });
  const status = answered({ ...CREDENTIAL, operation: 'UPDATE', subResource: 'status', object, oldObject });
  t.equal(status.answer.verdict, 'passed');
});
