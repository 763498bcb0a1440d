import { Buffer } from 'node:buffer';
import t from 'tap';
import { readReview } from '../../../src/admission/review/review.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import {
  aReview,
  aSecretObject,
  bytesOf,
  type Json,
  recordedReviews,
} from '../../helpers/admission/review.ts';

const read = (json: unknown) => readReview(bytesOf(json));

function refusal(body: Buffer): LockstepError {
  try {
    readReview(body);
  } catch (error) {
    if (error instanceof LockstepError) return error;
    throw error;
  }
  throw new Error('the review was read');
}

t.test('refuses a malformed review with the name of the field', async (t) => {
  const withoutUid = aReview({ uid: undefined });
  for (const [json, message] of [
    [[], 'the body: must be an object'],
    ['text', 'the body: must be an object'],
    [{}, 'apiVersion: is missing'],
    [
      aReview({}, { apiVersion: 'v1' }),
      'apiVersion: must be admission.k8s.io/v1 or admission.k8s.io/v1beta1',
    ],
    [aReview({}, { kind: 'Secret' }), 'kind: must be AdmissionReview'],
    [aReview({}, { request: undefined }), 'request: is missing'],
    [aReview({}, { request: null }), 'request: is missing'],
    [withoutUid, 'request.uid: is missing'],
    [aReview({ uid: '' }), 'request.uid: is missing'],
    [aReview({ uid: 7 }), 'request.uid: must be a string'],
    [aReview({ operation: undefined }), 'request.operation: is missing'],
    [aReview({ operation: 'PATCH' }), 'request.operation: must be CREATE or UPDATE or DELETE or CONNECT'],
    [aReview({ kind: undefined }), 'request.kind: is missing'],
    [aReview({ resource: undefined }), 'request.resource: is missing'],
    [aReview({ object: null }), 'request.object: is missing'],
    [aReview({ object: undefined }), 'request.object: is missing'],
    [aReview({ object: 'text' }), 'request.object: must be an object'],
    [aReview({ operation: 'UPDATE' }), 'request.oldObject: is missing'],
    [aReview({ object: { metadata: [] } }), 'request.object.metadata: must be an object'],
    [aReview({ object: { data: [] } }), 'request.object.data: must be an object'],
    [aReview({ object: { data: 'text' } }), 'request.object.data: must be an object'],
    [aReview({ object: { data: { KEY: 5 } } }), 'request.object.data[KEY]: must be a string'],
    [aReview({ object: { data: { KEY: {} } } }), 'request.object.data[KEY]: must be a string'],
    [
      aReview({ object: { metadata: { labels: { team: 1 } } } }),
      'request.object.metadata.labels[team]: must be a string',
    ],
    [aReview({ object: { immutable: 'yes' } }), 'request.object.immutable: must be true or false'],
    [
      aReview({ operation: 'UPDATE', oldObject: { data: { KEY: 5 } } }),
      'request.oldObject.data[KEY]: must be a string',
    ],
    [aReview({ options: { fieldManager: 5 } }), 'request.options.fieldManager: must be a string'],
  ] as const) {
    const error = refusal(bytesOf(json));
    t.equal(error.message, message);
    t.equal(error.status, 400);
  }
});

t.test('a stored value that is no base64 is read as empty, so a write can replace it', async (t) => {
  const { request } = read(aReview({ operation: 'UPDATE', oldObject: { data: { KEY: '%' } } }));
  t.equal(request?.old?.data.get('KEY')?.isEmpty, true);
});

t.test('reads base64 as strictly as Go, and quotes none in a refusal', async (t) => {
  for (const value of [
    'secret',
    'c2VjcmV0=',
    'c2Vjcg',
    'c2Vj cmV0',
    'c2Vj-_V0',
    'c2Vj=cmV',
    '====',
    'A===',
    'c2V\u00e9',
    'c2Vj\u0000AAA',
  ]) {
    t.equal(
      refusal(bytesOf(aReview({ object: { data: { KEY: value } } }))).message,
      'request.object.data[KEY]: is not base64',
      value,
    );
  }
  for (const [value, text] of [
    ['', ''],
    ['c2Vj\r\ncmV0\n', 'secret'],
    ['c2VjcmV=', 'secre'],
  ] as const) {
    const data = read(aReview({ object: { data: { KEY: value } } })).request?.secret.data;
    t.equal(
      data?.get('KEY')?.withPlaintext((plain) => plain.text),
      text,
      JSON.stringify(value),
    );
  }
});

t.test('refuses bytes that are not JSON without a quote', async (t) => {
  for (const body of [
    '',
    '{',
    'POSTGRES_PASSWORD=hunter2',
    '{"request":{"uid":"hunter2',
    '\uFEFF{}',
    '{}{}',
  ]) {
    const error = refusal(Buffer.from(body));
    t.equal(error.status, 400);
    t.notMatch(error.message, /hunter2/);
    t.equal(error.cause, undefined, 'the parser quotes what it read');
  }
});

t.test('ignores a review that is no write of a Secret', async (t) => {
  for (const request of [
    { operation: 'DELETE', object: null, oldObject: aSecretObject() },
    { operation: 'CONNECT' },
    {
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      object: { data: { KEY: 'not base64' } },
    },
    { kind: { group: 'example.com', version: 'v1', kind: 'Secret' } },
    { subResource: 'status' },
    { kind: { group: 'meta.k8s.io', version: 'v1', kind: 'DeleteOptions' } },
  ] satisfies Json[]) {
    t.equal(read(aReview(request)).request, undefined, JSON.stringify(request).slice(0, 60));
  }
});

t.test('reads keys with a meaning in JavaScript as ordinary keys', async (t) => {
  const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'A b', ''];
  const data = Object.fromEntries(keys.map((key) => [key, 'dmFsdWU=']));
  const json = JSON.stringify(aReview()).replace(
    /"data":\{[^}]*\}/,
    `"data":{${keys.map((key) => `${JSON.stringify(key)}:"dmFsdWU="`)}}`,
  );
  t.equal(Object.keys(data).length, keys.length);
  const secret = readReview(Buffer.from(json)).request?.secret;
  t.same([...(secret?.data.keys() ?? [])], keys);
  t.equal(secret?.data.get('__proto__')?.reveal(), 'dmFsdWU=');
});

t.test('reads no field from a prototype', async (t) => {
  t.equal(
    refusal(Buffer.from('{"__proto__":{"apiVersion":"admission.k8s.io/v1"}}')).message,
    'apiVersion: is missing',
  );
});

t.test('prefers name and namespace of the request to those of the object', async (t) => {
  const object = aSecretObject({}, { metadata: { name: 'other', generateName: 'app-' } });
  const { secret } = read(aReview({ object, name: 'app', namespace: 'team' })).request ?? {};
  t.match(secret, { name: 'app', generateName: 'app-', namespace: 'team', type: 'Opaque' });
});

t.test('passes labels, owner, deletion and immutability to the engine', async (t) => {
  const metadata = {
    labels: { app: 'x' },
    annotations: { note: 'y' },
    deletionTimestamp: '2026-11-25T00:00:00Z',
    ownerReferences: [
      { kind: 'Other', name: 'o' },
      { kind: 'ExternalSecret', name: 'vault', controller: true },
    ],
  };
  const secret = read(aReview({ object: { metadata, immutable: true } })).request?.secret;
  t.equal(secret?.controller, 'ExternalSecret/vault');
  t.equal(secret?.deleting, true);
  t.equal(secret?.immutable, true);
  t.same([...(secret?.labels ?? [])], [['app', 'x']]);
  t.same([...(secret?.annotations ?? [])], [['note', 'y']]);
});

t.test('reads every recorded review', async (t) => {
  const reviews = recordedReviews();
  t.equal(reviews.length, 39);
  for (const [name, body] of reviews) {
    const raw = JSON.parse(body.toString('utf8'));
    const review = readReview(body);
    t.equal(review.uid, raw.request.uid, name);
    t.equal(review.apiVersion, raw.apiVersion, name);
    t.equal(review.operation, raw.request.operation, name);
    t.equal(review.dryRun, raw.request.dryRun, name);
    t.equal(review.hasData, raw.request.object?.data !== undefined, name);
    t.equal(review.request === undefined, raw.request.operation === 'DELETE', name);
    t.same(
      [...(review.request?.secret.data.keys() ?? [])],
      Object.keys(raw.request.object?.data ?? {}),
      name,
    );
    t.equal(review.request?.old === undefined, raw.request.operation !== 'UPDATE', name);
  }
});

t.test('reads a Secret of 5,000 keys, and one of 1 MiB', async (t) => {
  const many = Object.fromEntries(
    Array.from({ length: 5000 }, (_, index) => [`KEY_${index}`, `value ${index}`]),
  );
  t.equal(read(aReview({ object: aSecretObject(many) })).request?.secret.data.size, 5000);
  const large = 'x'.repeat(1024 * 1024);
  const update = aReview({
    operation: 'UPDATE',
    object: aSecretObject({ BIG: large }),
    oldObject: aSecretObject({ BIG: large }),
  });
  t.equal(read(update).request?.secret.data.get('BIG')?.size, large.length);
});

const BIG = 'x'.repeat(300_000);

t.test('reads, compares and decodes a large value of an update', async (t) => {
  const read = (after: string, before: string) => {
    const review = aReview({
      operation: 'UPDATE',
      object: aSecretObject({ KEYSTORE: after }),
      oldObject: aSecretObject({ KEYSTORE: before }),
    });
    const { request } = readReview(bytesOf(review));
    return { now: request?.secret.data.get('KEYSTORE'), old: request?.old?.data.get('KEYSTORE') };
  };
  const same = read(BIG, BIG);
  t.equal(same.now?.equals(same.old), true);
  t.equal(same.now?.size, BIG.length);
  const changed = read(`${BIG.slice(1)}y`, BIG);
  t.equal(changed.now?.equals(changed.old), false);
  t.equal(
    changed.now?.withPlaintext(({ text }) => text?.endsWith('xy')),
    true,
  );
  t.equal(`${changed.now}`, '[redacted]');
});

t.test(
  'reads a large label or annotation as text, and refuses a large string in place of an object',
  async (t) => {
    const long = Buffer.from(BIG).toString('base64');
    const metadata = { name: 'app', annotations: { note: long } };
    const { request } = readReview(bytesOf(aReview({ object: aSecretObject({}, { metadata }) })));
    t.equal(request?.secret.annotations.get('note'), long);
    for (const [object, message] of [
      [aSecretObject({}, { data: long }), 'request.object.data: must be an object'],
      [aSecretObject({}, { metadata: long }), 'request.object.metadata: must be an object'],
      [long, 'request.object: must be an object'],
    ] as const) {
      t.throws(() => readReview(bytesOf(aReview({ object }))), { message });
    }
  },
);
