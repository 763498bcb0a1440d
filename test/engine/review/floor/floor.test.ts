import t from 'tap';
import type { FloorObject } from '../../../../src/engine/review/floor/admission-policy.ts';
import { floorOf } from '../../../../src/engine/review/floor/floor.ts';
import { aPolicy, builtins } from '../../../helpers/engine/engine.ts';
import { OPTIONS } from '../../../helpers/floor/floor-cluster.ts';

// biome-ignore lint/suspicious/noExplicitAny: the objects are read as the API server reads them
const specOf = ({ spec }: FloorObject): any => spec;
const policiesOf = (objects: readonly FloorObject[]) =>
  objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
const digestOf = (objects: readonly FloorObject[]) =>
  policiesOf(objects).map(({ metadata }) => metadata.annotations?.['lockstep.dev/floor-digest']);

const shop = (spec: object) => aPolicy('shop', { match: { names: ['shop'] }, ...spec });

t.test('each action has an admission policy and a binding of its own', (t) => {
  const { objects } = floorOf(
    [
      shop({
        keys: {
          A: { required: true },
          B: { required: true, action: 'Warn' },
          C: { required: true, action: 'Audit' },
        },
      }),
    ],
    OPTIONS,
  );
  t.same(
    objects.map(({ metadata, spec }) => [
      metadata.name,
      (spec as { validationActions?: string[] }).validationActions,
    ]),
    [
      ['lockstep-floor', undefined],
      ['lockstep-floor', ['Deny']],
      ['lockstep-floor-warn', undefined],
      ['lockstep-floor-warn', ['Warn']],
      ['lockstep-floor-audit', undefined],
      ['lockstep-floor-audit', ['Audit']],
    ],
  );
  t.end();
});

t.test('the maximum action of the installation limits the floor', (t) => {
  const { objects } = floorOf([shop({ keys: { A: { required: true } } })], { ...OPTIONS, maxAction: 'Warn' });
  t.same(
    objects.map(({ metadata }) => metadata.name),
    ['lockstep-floor-warn', 'lockstep-floor-warn'],
  );
  t.end();
});

t.test('kubectl prints no value, and no expression refuses by an error', (t) => {
  for (const policy of policiesOf(floorOf(builtins, OPTIONS).objects)) {
    t.equal(specOf(policy).failurePolicy, 'Ignore');
    t.same(
      specOf(policy).validations.map(({ reason }: { reason: string }) => reason),
      ['Invalid'],
    );
  }
  t.end();
});

/** The object in the annotation of a client-side apply. All annotations together have at most 262,144 bytes. */
const annotationOf = (object: FloorObject): string =>
  JSON.stringify(object).replaceAll(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);

t.test('the limits of the API server hold for the built-in policies', (t) => {
  const { objects, notes } = floorOf(builtins, OPTIONS);
  t.same(notes, []);
  for (const object of objects) {
    // The annotations of an object have 262,144 bytes at most. `kubectl apply` keeps the object in one of them.
    t.ok(annotationOf(object).length < 220_000, `${annotationOf(object).length}`);
    for (const { expression } of specOf(object).variables ?? []) t.ok(expression.length < 100_000);
  }
  t.end();
});

t.test('policies with many keys are split, and a note says so', (t) => {
  const keys = Object.fromEntries(
    Array.from({ length: 120 }, (_, at) => [`KEY_${at}`, { sensitive: true, required: true, minLength: 8 }]),
  );
  const { objects, notes } = floorOf([shop({ keys })], OPTIONS);
  t.same(
    policiesOf(objects).map(({ metadata }) => metadata.name),
    ['lockstep-floor', 'lockstep-floor-2'],
  );
  t.match(notes, [/^lockstep-floor is split into 2 admission policies/]);
  t.end();
});

t.test('the digest follows the policies, and the end of an exception', (t) => {
  const withException = shop({
    keys: { A: { required: true } },
    exceptions: [{ namespace: '*', name: 'shop', keys: ['A'], reason: 'OPS-1', until: '2026-12-24' }],
  });
  const at = (now: string) => digestOf(floorOf([withException], { ...OPTIONS, now: new Date(now) }).objects);
  t.same(at('2026-12-01'), at('2026-12-24T23:59:00Z'));
  t.notSame(at('2026-12-24T23:59:00Z'), at('2026-12-25T00:01:00Z'));
  t.notSame(
    digestOf(floorOf(builtins, OPTIONS).objects),
    digestOf(floorOf(builtins.slice(1), OPTIONS).objects),
  );
  t.end();
});

t.test('the floor says nothing about derived keys, and keys that no policy names', (t) => {
  const { objects } = floorOf(
    [
      shop({ keys: { A: {}, URL: { required: true, derive: { template: 'https://${A}' } } } }),
      ...builtins.filter(({ name }) => name === 'no-placeholders'),
    ],
    OPTIONS,
  );
  t.equal(policiesOf(objects).length, 1);
  t.notMatch(JSON.stringify(objects), /URL|no-placeholders/);
  t.end();
});
