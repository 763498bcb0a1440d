import t from 'tap';
import { parse } from 'yaml';
import { postgresCredentialCrd, redisCredentialCrd } from '../../../scripts/crd/credentials.ts';
import { type Crd, crdText } from '../../../scripts/crd/definition.ts';
import { secretPolicyCrd } from '../../../scripts/crd/secret-policy.ts';
import type { Schema } from '../../../scripts/crd/structural-schema.ts';
import { compileCredential } from '../../../src/engine/login/credential-schema/compile.ts';
import { compilePolicy } from '../../../src/engine/policy/compile/compile.ts';
import { type Problem, pathText } from '../../../src/engine/policy/schema/problem.ts';
import { aPolicyObject } from '../../helpers/admission/policy-review.ts';
import { aCredentialObject } from '../../helpers/login/postgres-credential.ts';
import { aRedisCredentialObject } from '../../helpers/login/redis-credential.ts';
import { boundarySpecs, invalidSpecs } from '../../helpers/policy/invalid-specs.ts';

interface Kind {
  readonly crd: Crd;
  readonly problemsOf: (spec: unknown) => readonly Problem[];
  readonly fields: number;
  readonly edges: number;
}

const problemsIn = (compiled: object): readonly Problem[] =>
  'problems' in compiled ? (compiled.problems as readonly Problem[]) : [];

const KINDS: readonly Kind[] = [
  {
    crd: secretPolicyCrd,
    problemsOf: (spec) => problemsIn(compilePolicy(aPolicyObject(spec))),
    fields: 60,
    edges: 200,
  },
  {
    crd: postgresCredentialCrd,
    problemsOf: (spec) => problemsIn(compileCredential({ ...aCredentialObject(), spec })),
    fields: 30,
    edges: 55,
  },
  {
    crd: redisCredentialCrd,
    problemsOf: (spec) => problemsIn(compileCredential({ ...aRedisCredentialObject(), spec })),
    fields: 25,
    edges: 40,
  },
];

for (const { crd, problemsOf, ...least } of KINDS) {
  const placesOf = (spec: unknown) => problemsOf(spec).map(({ path }) => pathText(path));

  t.test(`${crd.kind}: every field of spec and status is described`, async (t) => {
    const { schema } = parse(crdText(crd)).spec.versions[0];
    const { spec, status } = schema.openAPIV3Schema.properties;
    const fields = [...fieldsIn('spec', spec), ...fieldsIn('status', status)];
    t.ok(fields.length > least.fields, `${fields.length} fields`);
    for (const [path, { description }] of fields) {
      t.match(description, /^[A-Z].*\.$|^[A-Z][^.]*e\.g\. .*\.?$/, path);
    }
  });

  t.test(`${crd.kind}: what breaks a bound of the CRD, lockstep refuses at the same place`, async (t) => {
    const edges = invalidSpecs(crd.spec);
    t.ok(edges.length > least.edges, `${edges.length} breaches`);
    for (const { at, what, spec } of edges) {
      // Of the two forms of generate neither fits: said of the whole.
      const place = at.replace(/\.generate\..*/, '.generate');
      t.ok(
        placesOf(spec).some((found) => found.replaceAll(/\[([^\]]*)\]/g, '.$1').startsWith(place)),
        `${at}: ${what}`,
      );
    }
  });

  t.test(`${crd.kind}: what just keeps it, lockstep can use`, async (t) => {
    for (const { at, what, spec } of boundarySpecs(crd.spec)) t.same(placesOf(spec), [], `${at}: ${what}`);
  });
}

function fieldsIn(path: string, schema: Schema): readonly (readonly [path: string, schema: Schema])[] {
  const { properties = {}, items, additionalProperties } = schema;
  return [
    ...Object.entries(properties).flatMap(([name, of]) => [
      [`${path}.${name}`, of] as const,
      ...fieldsIn(`${path}.${name}`, of),
    ]),
    ...(items === undefined ? [] : fieldsIn(`${path}[]`, items)),
    ...(typeof additionalProperties === 'object' ? fieldsIn(`${path}.NAME`, additionalProperties) : []),
  ];
}

t.test('no rule selects a field by a word that old API servers reserve', async (t) => {
  for (const { crd } of KINDS) {
    const rules = [...crdText(crd).matchAll(/^ *(?:- )?rule: (.*(?:\n {2,}.*)*?)(?=\n *[a-z]+:)/gim)].map(
      ([, rule]) => rule,
    );
    t.ok(rules.length > 2);
    for (const rule of rules)
      t.notMatch(rule, /\.(?:namespace|package|import|function|break|const|for|if|in|as)\b/);
  }
});
