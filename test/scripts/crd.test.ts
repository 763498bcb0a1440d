import { readFile } from 'node:fs/promises';
import t from 'tap';
import { parse } from 'yaml';
import { crdText, specSchema } from '../../scripts/crd.ts';
import type { Schema } from '../../scripts/crd-schema.ts';
import { policyPage } from '../../scripts/policy-page.ts';
import { compilePolicy } from '../../src/engine/policy/compile.ts';
import { pathText } from '../../src/engine/policy/problem.ts';
import { breaches, limits } from '../helpers/policy-breaches.ts';
import { aPolicyObject } from '../helpers/policy-review.ts';

const root = new URL('../../', import.meta.url);

const placesOf = (spec: unknown): readonly string[] => {
  const compiled = compilePolicy(aPolicyObject(spec));
  return 'problems' in compiled ? compiled.problems.map(({ path }) => pathText(path)) : [];
};

t.test('CRD and reference page are what the schema says: npm run docs writes them', async (t) => {
  const read = (path: string) => readFile(new URL(path, root), 'utf8');
  t.equal(await read('manifests/crds/secretpolicies.yaml'), crdText());
  t.equal(await read('docs/policy-reference.md'), policyPage());
});

t.test('every field of spec and status is described', async (t) => {
  const { schema } = parse(crdText()).spec.versions[0];
  const { spec, status } = schema.openAPIV3Schema.properties;
  const fields = [...fieldsIn('spec', spec), ...fieldsIn('status', status)];
  t.ok(fields.length > 60, `${fields.length} fields`);
  for (const [path, { description }] of fields) {
    t.match(description, /^[A-Z].*\.$|^[A-Z][^.]*e\.g\. .*\.?$/, path);
  }
});

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

t.test('what breaks a bound of the CRD, lockstep refuses at the same place', async (t) => {
  const edges = breaches(specSchema);
  t.ok(edges.length > 200, `${edges.length} breaches`);
  for (const { at, what, spec } of edges) {
    // Of the two forms of generate neither fits: said of the whole.
    const place = at.replace(/\.generate\..*/, '.generate');
    t.ok(
      placesOf(spec).some((found) => found.replaceAll(/\[([^\]]*)\]/g, '.$1').startsWith(place)),
      `${at}: ${what}`,
    );
  }
});

t.test('what just keeps it, lockstep can use', async (t) => {
  for (const { at, what, spec } of limits(specSchema)) t.same(placesOf(spec), [], `${at}: ${what}`);
});
