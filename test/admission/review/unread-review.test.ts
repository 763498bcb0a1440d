import { Buffer } from 'node:buffer';
import t from 'tap';
import { answerUnread, readNamespace, readReviewHead } from '../../../src/admission/review/unread-review.ts';
import { LockstepError } from '../../../src/errors/errors.ts';
import { aPolicyReview } from '../../helpers/admission/policy-review.ts';
import { aReview, aSecretObject, bytesOf, recordedReviews } from '../../helpers/admission/review.ts';

const tooLarge = new LockstepError('BODY_TOO_LARGE', [1]);

t.test('reads the object and user of a review from its beginning, for each API server version', async (t) => {
  for (const [file, body] of recordedReviews()) {
    const { request, apiVersion } = JSON.parse(body.toString('utf8'));
    const end = body.indexOf(request.object === undefined ? '"oldObject"' : '"object"');
    for (const head of [body, body.subarray(0, end + 20)]) {
      const found = readReviewHead(head);
      t.match(
        found,
        {
          apiVersion,
          uid: request.uid,
          operation: request.operation,
          username: request.userInfo.username,
          name: request.name ?? '',
        },
        file,
      );
    }
  }
});

t.test('finds the namespace for the queue, as a review names it', async (t) => {
  for (const [file, body] of recordedReviews()) {
    const { request } = JSON.parse(body.toString('utf8'));
    t.equal(readNamespace(body), request.namespace ?? '', file);
  }
  const name = 'x","namespace":"other';
  t.equal(readNamespace(bytesOf(aReview({ name }))), 'team', 'a name that quotes the field');
  t.equal(readNamespace(Buffer.from('{"namespace": "team"}')), '', 'no API server writes a blank');
  for (const head of ['', 'x', '{"namespace":', '{"namespace":"', '{"namespace":"cut']) {
    t.equal(readNamespace(Buffer.from(head)), '', head);
  }
});

t.test('ignores a beginning that is too short, or in another order', async (t) => {
  const body = bytesOf(aReview());
  for (const head of [
    Buffer.alloc(0),
    Buffer.alloc(1000, 'x'),
    Buffer.alloc(1000, '['),
    Buffer.alloc(1000, ']'),
    body.subarray(0, body.indexOf('"object"')),
    body.subarray(0, 100),
    bytesOf(aReview({ uid: '' })),
    bytesOf(aReview({ operation: 'GUESS' })),
    bytesOf({ a: { b: 1, object: {} } }),
  ]) {
    t.equal(readReviewHead(head), undefined, head.toString('utf8', 0, 60));
  }
});

t.test('reads a name that looks like the start of the object as a name', async (t) => {
  const review = bytesOf(aReview({ name: '"object":{' }));
  t.equal(readReviewHead(review)?.name, '"object":{');
});

t.test('refuses in the form after which kubectl prints no values', async (t) => {
  const review = readReviewHead(bytesOf(aReview({ object: aSecretObject({ TOKEN: 'hunter2' }) })));
  if (review === undefined) throw new Error('not read');
  const { verdict, json } = answerUnread(review, tooLarge, true, 'unvalidated');
  t.equal(verdict, 'denied');
  t.match(JSON.parse(json), {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    response: {
      uid: review.uid,
      allowed: false,
      status: {
        code: 422,
        reason: 'Invalid',
        message: 'metadata: is not validated: the review is larger than 1 bytes [lockstep]',
        details: { name: 'app', kind: 'Secret', causes: [{ field: 'metadata' }] },
      },
      auditAnnotations: { verdict: 'denied', unread: 'LOCKSTEP_BODY_TOO_LARGE' },
    },
  });
  t.notMatch(json, /hunter2/);
});

t.test('allows with a warning if it may not refuse', async (t) => {
  const review = readReviewHead(bytesOf(aReview()));
  if (review === undefined) throw new Error('not read');
  for (const [effect, text] of [
    ['unvalidated', 'is not validated'],
    ['unchanged', 'is not changed'],
  ] as const) {
    const { verdict, json } = answerUnread(review, tooLarge, false, effect);
    t.equal(verdict, 'warned');
    const { response } = JSON.parse(json);
    t.equal(response.allowed, true);
    t.equal(response.status, undefined);
    t.same(response.warnings, [`metadata: ${text}: the review is larger than 1 bytes [lockstep]`]);
  }
});

t.test("names the policy's kind in the denial of a policy", async (t) => {
  const review = readReviewHead(bytesOf(aPolicyReview()));
  t.equal(review?.kind, 'SecretPolicy');
});
