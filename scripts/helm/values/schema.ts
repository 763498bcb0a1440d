import { type Hints, hintsFor } from './hints.ts';
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
    ([name, place]) => [name, { const: `set as ${place}`, deprecated: true }] as const,
  );
  return strict({
    type: 'object',
    additionalProperties: false,
    propertyNames: { enum: Object.keys(members) },
    properties: Object.fromEntries([...known, ...hinted]),
  });
}

const memberSchema = (member: Value | Section, hints: Hints): JsonSchema => ({
  description: member.description,
  ...(member.kind === 'section' ? sectionSchema(member.members, hints) : strict(member.schema)),
});

/** Helm names an unknown field, and by `propertyNames` also the known ones. */
function strict(schema: JsonSchema): JsonSchema {
  const { items, properties, additionalProperties, propertyNames } = schema;
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
    ...(additionalProperties === false && propertyNames === undefined
      ? { propertyNames: { enum: Object.keys(strictProperties ?? {}) } }
      : {}),
  };
}
