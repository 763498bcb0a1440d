import { Buffer } from 'node:buffer';
import jsonPatch from 'fast-json-patch';
import t from 'tap';
import type { Engine } from '../../src/admission/review/webhook.ts';
import { mutateSecret, validateSecret } from '../../src/engine/review/decide/decide.ts';
import { bytesOf, recordedReviews } from '../helpers/admission/review.ts';
import { webhook } from '../helpers/admission/webhook.ts';
import { builtins, testContext } from '../helpers/engine/engine.ts';

const engine: Engine = {
  mutate: (request) => mutateSecret(request, builtins, testContext),
  validate: (request) => validateSecret(request, builtins, testContext),
};
const mutate = webhook('mutate', engine);
const validate = webhook('validate', engine);

const DROPPED = [
  'Enforce JWT_REFRESH_SECRET removed',
  'Enforce CSRF_SECRET removed',
  'Enforce PASSWORD_MASTER_KEY removed',
];

/** What is not here is allowed, unchanged, without a word. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  'create-helm-release.mutate': ['passed: exempt'],
  'create-service-account-token.mutate': ['passed: exempt'],
  'delete-collection-1.mutate': ['passed'],
  'delete-collection-2.mutate': ['passed'],
  'delete-dry-run.mutate': ['passed'],
  'delete-with-finalizer.mutate': ['passed'],
  'delete.mutate': ['passed'],
  'update-apply-stringdata-key-removed.mutate': ['passed: unchanged'],
  'update-apply-unchanged.mutate': ['passed: unchanged'],
  'update-finalizer-removed-while-deleting.mutate': ['passed: unchanged'],
  'update-immutable-label-only.mutate': ['passed: unchanged'],
  'update-label-only.mutate': ['passed: unchanged'],
  'update-server-side-apply-stringdata-key-removed.mutate': ['passed: unchanged'],
  'update-type-changed.mutate': ['passed: unchanged'],
  'create-apply.mutate': ['Audit exposed-annotation'],
  'update-apply-rotated.mutate': ['Audit exposed-annotation'],
  // The Secret of the story, written before lockstep was there: what this request left alone is only warned of.
  'update-patch-json.mutate': [
    'Warn DATABASE_URL required',
    'Warn JWT_SECRET required',
    'Warn JWT_REFRESH_SECRET required',
  ],
  'update-patch-merge.mutate': [
    'Warn DATABASE_URL required',
    'Enforce JWT_SECRET removed',
    'Warn JWT_REFRESH_SECRET required',
    'Warn PASSWORD_MASTER_KEY required',
  ],
  'update-patch-strategic.mutate': [
    'patched DATABASE_URL',
    'Warn JWT_REFRESH_SECRET required',
    'Warn CSRF_SECRET required',
    'Warn PASSWORD_MASTER_KEY required',
  ],
  // A PUT that drops keys.
  'update-replace.mutate': ['patched DATABASE_URL', ...DROPPED],
  'update-replace.validate': ['patched DATABASE_URL', ...DROPPED],
};

/** Both webhooks one after the other, as the API server calls them: the second sees what the first patched. */
function answersTo(body: Buffer): readonly string[] {
  const first = mutate(body);
  if (first.answer.verdict === 'passed') {
    const skipped = first.answer.decision?.skipped;
    return [skipped === undefined ? 'passed' : `passed: ${skipped}`];
  }
  const second = validate(patched(body, first.answer.response.patch)).answer;
  const changes = first.answer.decision?.changes ?? [];
  const findings = second.decision?.findings ?? [];
  return [
    ...changes.map(({ key }) => `patched ${key}`),
    ...findings.map(({ action, key, rule }) => [action, key, rule].filter((word) => word !== '').join(' ')),
  ];
}

/** Strictly, as the API server applies it: an operation that does not fit throws. */
function patched(body: Buffer, patch: string | undefined): Buffer {
  if (patch === undefined) return body;
  const review = JSON.parse(body.toString('utf8'));
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
  review.request.object = jsonPatch.applyPatch(review.request.object, operations, true).newDocument;
  return bytesOf(review);
}

t.test('each recorded review gets its answer', async (t) => {
  const files = recordedReviews();
  t.equal(files.length, 39);
  for (const [file, body] of files) {
    const name = file.replace(/\.json$/, '');
    t.same(answersTo(body), ANSWERS[name] ?? [], name);
  }
});

t.test('a second round, as after another webhook’s patch, changes nothing', async (t) => {
  for (const [file, body] of recordedReviews()) {
    const once = patched(body, mutate(body).answer.response.patch);
    t.equal(mutate(once).answer.response.patch, undefined, file);
  }
});
