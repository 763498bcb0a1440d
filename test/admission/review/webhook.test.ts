import { Buffer } from 'node:buffer';
import jsonPatch from 'fast-json-patch';
import t from 'tap';
import { aChange, aDecision, aFinding } from '../../helpers/admission/decision.ts';
import { aReview, base64, bytesOf, recordedReviews } from '../../helpers/admission/review.ts';
import { webhook } from '../../helpers/admission/webhook.ts';

const refusing = { mutate: () => aDecision(), validate: () => aDecision({ findings: [aFinding()] }) };
const mending = {
  mutate: () => aDecision({ changes: [aChange('DATABASE_URL', 'postgresql://x'), aChange('a/b~c', 'y')] }),
  validate: () => aDecision(),
};

t.test('answers every recorded review in its version, with its uid, and only with a response', async (t) => {
  for (const engine of [refusing, mending]) {
    for (const name of ['mutate', 'validate'] as const) {
      for (const [file, body] of recordedReviews()) {
        const { apiVersion, request } = JSON.parse(body.toString('utf8'));
        const answer = JSON.parse(webhook(name, engine)(body).json);
        t.same(Object.keys(answer), ['kind', 'apiVersion', 'response'], file);
        t.equal(answer.kind, 'AdmissionReview', file);
        t.equal(answer.apiVersion, apiVersion, file);
        t.equal(answer.response.uid, request.uid, file);
        t.equal(
          answer.response.patchType,
          answer.response.patch === undefined ? undefined : 'JSONPatch',
          file,
        );
        if (name === 'validate') t.equal(answer.response.patch, undefined, file);
        if (request.operation === 'DELETE')
          t.same(answer.response, { uid: request.uid, allowed: true }, file);
      }
    }
  }
});

t.test('patches the raw object, with or without data', async (t) => {
  for (const [file, body] of recordedReviews()) {
    const { request } = JSON.parse(body.toString('utf8'));
    if (request.operation === 'DELETE') continue;
    const { response } = JSON.parse(webhook('mutate', mending)(body).json);
    const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
    t.ok(
      patch.every(({ op }: { op: string }) => op === 'add'),
      file,
    );
    const { newDocument } = jsonPatch.applyPatch(structuredClone(request.object), patch, true);
    t.same(
      newDocument.data,
      { ...request.object.data, DATABASE_URL: base64('postgresql://x'), 'a/b~c': base64('y') },
      file,
    );
  }
});

t.test('creates data that is null before it adds a key', async (t) => {
  const body = bytesOf(aReview({ object: { metadata: {}, data: null } }));
  const { response } = JSON.parse(webhook('mutate', mending)(body).json);
  const [first] = JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8'));
  t.same(first, { op: 'add', path: '/data', value: {} });
});

t.test('sends no patch without changes', async (t) => {
  const { response } = JSON.parse(webhook('mutate', refusing)(bytesOf(aReview())).json);
  const auditAnnotations = { verdict: 'allowed', policies: 'app' };
  t.same(response, { uid: response.uid, allowed: true, auditAnnotations });
});

t.test('allows a skipped Secret with only an audit annotation', async (t) => {
  const skipping = {
    mutate: () => aDecision({ skipped: 'exempt' }),
    validate: () => aDecision({ skipped: 'exempt' }),
  } as const;
  for (const name of ['mutate', 'validate'] as const) {
    const { answer, json } = webhook(name, skipping)(bytesOf(aReview()));
    t.equal(answer.verdict, 'passed');
    t.same(Object.keys(JSON.parse(json).response), ['uid', 'allowed', 'auditAnnotations']);
  }
});
