import t from 'tap';
import { secretPolicyCrd } from '../../../../scripts/crd/secret-policy.ts';
import { answerPolicyReview } from '../../../../src/admission/policy-review/validate-policy.ts';
import { compilePolicy } from '../../../../src/engine/policy/compile/compile.ts';
import { LockstepError } from '../../../../src/errors/errors.ts';
import { aPolicyReview, aPolicyValidator } from '../../../helpers/admission/policy-review.ts';
import { bytesOf, type Json } from '../../../helpers/admission/review.ts';
import {
  aCreate,
  afterMutation,
  anUpdate,
  GOOD,
  STORY,
  STORY_URL,
  validated,
} from '../../../helpers/engine/engine.ts';
import { policiesOf } from '../../../helpers/pages/policy-pages.ts';
import { boundarySpecs, invalidSpecs } from '../../../helpers/policy/invalid-specs.ts';
import { fc } from '../../../helpers/property.ts';

const shipped = (await policiesOf(['manifests/policies', 'docs'])).map(({ document }) => document as Json);
const pieces = [...invalidSpecs(secretPolicyCrd.spec), ...boundarySpecs(secretPolicyCrd.spec)]
  .map(({ spec }) => spec)
  .filter((spec) => JSON.stringify(spec).length < 2000)
  .flatMap((spec) => placesIn(spec).map((path) => at(spec, path)));

const value = fc.oneof(
  fc.constantFrom(...pieces),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    STORY_URL,
    '${POSTGRES_USER}${DATABASE_URL:-}',
    'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@[::1]:${X:-}/${Y:-a b}?a=${Z:-&}',
    'jdbc:sqlserver://h;user=${POSTGRES_USER};password=${POSTGRES_PASSWORD}',
    'host=${POSTGRES_HOST:-x} password=${POSTGRES_PASSWORD}',
  ),
);

/** A shipped policy with another content in one or two positions. */
const changed = fc
  .tuple(
    fc.constantFrom(...shipped),
    fc.array(fc.tuple(fc.nat(), value, fc.nat(3)), { minLength: 1, maxLength: 2 }),
  )
  .map(([policy, changes]) => {
    const document = structuredClone(policy);
    for (const [where, what, depth] of changes) {
      const places = placesIn(document.spec).filter((path) => path.length > depth);
      const path = places[where % places.length];
      if (path === undefined) continue;
      (at(document.spec, path.slice(0, -1)) as Json)[path.at(-1) ?? ''] = structuredClone(what);
    }
    return document;
  });

const SECRETS = [
  aCreate({}),
  aCreate({ ...STORY, DATABASE_URL: STORY_URL }),
  anUpdate({ ...STORY, DATABASE_URL: STORY_URL }, { ...STORY, POSTGRES_PASSWORD: GOOD.other }),
  aCreate({ ...STORY, DATABASE_URL: '\0', POSTGRES_PASSWORD: '@:/?#[]%', REDIS_URL: 'redis://' }),
];

t.test('refuses any policy in a few lines, or decides by it and reaches a stable result', async (t) => {
  let used = 0;
  fc.assert(
    fc.property(changed, (document) => {
      const compiled = compilePolicy(document);
      const { json } = answerPolicyReview(
        bytesOf(aPolicyReview({ object: document })),
        aPolicyValidator({ compilePolicy: () => compiled }),
      );
      if (json.length > 40_000) throw new Error(`an answer of ${json.length}`);
      if ('problems' in compiled) return;
      used += 1;
      for (const request of SECRETS) {
        const again = validated(afterMutation(request, validated(request, [compiled.policy])), [
          compiled.policy,
        ]);
        if (again.changes.length > 0) throw new Error(`${again.changes.map(({ key }) => key)} change again`);
      }
    }),
    { numRuns: 1000 },
  );
  t.ok(used > 20, `${used} could be used`);
});

t.test('answers any review of a policy, or refuses it with a sentence', async (t) => {
  const places = placesIn(aPolicyReview()).filter((path) => path.length > 0);
  fc.assert(
    fc.property(fc.constantFrom(...places), value, (path, what) => {
      const review = aPolicyReview();
      (at(review, path.slice(0, -1)) as Json)[path.at(-1) ?? ''] = what;
      try {
        answerPolicyReview(bytesOf(review), aPolicyValidator());
      } catch (error) {
        if (!(error instanceof LockstepError) || error.status !== 400) throw error;
      }
    }),
    { numRuns: 1000 },
  );
  t.pass();
});

function placesIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, of]) => placesIn(of, [...path, name]))];
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inside, step) => (inside as Json)[step], value);
}
