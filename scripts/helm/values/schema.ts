import { type Hints, hintsFor } from './hints.ts';
import { misspellings } from './misspellings.ts';
import type { JsonSchema, Members, Section, Value } from './value.ts';

/** values.schema.json. Helm refuses values that do not meet it, and editors complete names by it. */
export const valuesSchema = (values: Members): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  // A chart gets the values under `global` of the chart that holds it.
  ...sectionSchema({ ...values, global: GLOBAL }, hintsFor(values, ''), values),
});

const GLOBAL: Value = {
  kind: 'value',
  description: 'Without effect.',
  default: {},
  schema: { type: 'object' },
};

/** `values`: all values, for the hints of a section at the top level. */
function sectionSchema(members: Members, hints: Hints, values?: Members): JsonSchema {
  const known = Object.entries(members).map(
    ([name, member]) =>
      [name, memberSchema(member, values === undefined ? {} : hintsFor(values, name))] as const,
  );
  const hinted = Object.entries(hints).map(
    ([name, place]) => [name, { ...refusal(`set as ${place}`), deprecated: true }] as const,
  );
  return {
    type: 'object',
    properties: Object.fromEntries([...known, ...hinted]),
    patternProperties: patternsFor(Object.keys(members), Object.keys(hints)),
    additionalProperties: noName(Object.keys(members)),
  };
}

const memberSchema = (member: Value | Section, hints: Hints): JsonSchema => ({
  description: member.description,
  ...(member.kind === 'section' ? sectionSchema(member.members, hints) : strict(member.schema)),
});

/** Nothing meets it. Helm prints the place and the text. */
const refusal = (text: string): JsonSchema => ({ const: text, not: { const: text } });

/** With `additionalProperties: false`, Helm would name the unknown field, and none that it could be. */
const noName = (names: readonly string[]): JsonSchema => refusal(`set as one of ${names.join(', ')}`);

/** The nearest name for a misspelling. Not for fields of Kubernetes: their lists of names are short. */
const patternsFor = (names: readonly string[], hinted: readonly string[]): JsonSchema =>
  Object.fromEntries(
    [...misspellings(names, hinted)].map(([name, pattern]) => [pattern, refusal(`set as ${name}`)]),
  );

/** The fields of Kubernetes, at each depth. */
function strict(schema: JsonSchema): JsonSchema {
  const { items, properties, additionalProperties } = schema;
  const strictProperties =
    properties === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(properties as JsonSchema).map(([name, each]) => [name, strict(each as JsonSchema)]),
        );
  return {
    ...schema,
    ...(items === undefined ? {} : { items: strict(items as JsonSchema) }),
    ...(strictProperties === undefined ? {} : { properties: strictProperties }),
    ...(additionalProperties === false
      ? { additionalProperties: noName(Object.keys(strictProperties ?? {})) }
      : {}),
  };
}
