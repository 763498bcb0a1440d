import type { Schema } from '../../../scripts/crd/structural-schema.ts';
import type { Json } from '../admission/review.ts';

/** A spec in which one thing breaks the schema, or one is as large as the schema allows. */
export interface Edge {
  /** The place, as `spec.keys.K.minLength`. */
  readonly at: string;
  readonly what: string;
  readonly spec: unknown;
}

interface Node {
  readonly schema: Schema;
  readonly at: string;
  /** The whole spec, with this at the node's place. */
  readonly within: (value: unknown) => unknown;
}

/** Breaks each bound of each field of the schema once. */
export const invalidSpecs = (spec: Schema): readonly Edge[] => edges(spec, brokenAt);

/** Just keeps each bound of each field of the schema. */
export const boundarySpecs = (spec: Schema): readonly Edge[] => edges(spec, keptAt);

type Edges = (schema: Schema) => readonly (readonly [what: string, value: unknown, step?: string])[];

function edges(spec: Schema, of: Edges): readonly Edge[] {
  return nodesIn({ schema: spec, at: 'spec', within: (value) => value }).flatMap(({ schema, at, within }) =>
    of(schema).map(([what, value, step]) => ({
      at: step === undefined ? at : `${at}.${step}`,
      what,
      spec: within(value),
    })),
  );
}

function nodesIn(node: Node): readonly Node[] {
  const { schema, at, within } = node;
  const below = Object.entries(schema.properties ?? {}).map(([name, of]) => ({
    schema: of,
    at: `${at}.${name}`,
    within: (value: unknown) => within({ ...requiredFields(at, name, schema, value), [name]: value }),
  }));
  const { items, additionalProperties } = schema;
  if (items !== undefined) below.push({ schema: items, at: `${at}.0`, within: (value) => within([value]) });
  if (typeof additionalProperties === 'object') {
    const inMap = (value: unknown) => within({ ...others(value), K: value });
    below.push({ schema: additionalProperties, at: `${at}.K`, within: inMap });
  }
  return [node, ...below.flatMap(nodesIn)];
}

/** Required fields, by the schema and by the rules in CEL. */
function requiredFields(
  at: string,
  name: string,
  { properties = {}, required = [] }: Schema,
  value: unknown,
): Json {
  const others = required.filter((other) => other !== name);
  return {
    ...Object.fromEntries(others.map((other) => [other, sample(properties[other] ?? {})])),
    ...REQUIRED_BY_RULES[`${at.split('.').at(-1)}.${name}`],
    ...(value === 'verify-ca' && { caSecretName: 'c' }),
  };
}

const REQUIRED_BY_RULES: Readonly<Record<string, Json>> = {
  'K.rotate': { generate: { length: 32 } },
  'K.schemes': { format: 'uri' },
  'generate.encoding': { bytes: 48 },
  'rotate.gracePeriod': { previousKey: 'K_BEFORE' },
  'when.key': { is: 'a' },
  'derive.accounts': { template: 'mysql://root:${BASE}@db' },
  '0.values': { operator: 'In' },
  '0.key': { operator: 'Exists' },
  'spec.adminSecretName': { secretName: 'b', server: { host: 'h' } },
  'spec.allowedRoles': { secretName: 'b', adminSecretName: 'c', server: { host: 'h' } },
  'spec.allowedUsers': { secretName: 'b', adminSecretName: 'c', server: { host: 'h' } },
  'spec.copies': { secretName: 'b' },
  'rotation.timeZone': { schedule: '0 3 1 * *' },
  'rotation.window': { schedule: '0 3 1 * *' },
  'spec.rotation': { secretName: 'b', adminSecretName: 'c', server: { host: 'h' } },
  'server.port': { host: 'h' },
};

/** Keys in `distinctFrom`, in conditions and in accounts are keys of the policy too. */
function others(key: unknown): Json {
  const { distinctFrom, when, derive } = (key ?? {}) as {
    readonly distinctFrom?: unknown;
    readonly when?: Json;
    readonly derive?: Json;
  };
  const hasAccounts = typeof derive === 'object' && derive !== null && 'accounts' in derive;
  const names = [
    ...(Array.isArray(distinctFrom) ? distinctFrom : []),
    when?.key ?? [],
    hasAccounts ? 'BASE' : [],
  ].flat();
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** The least that is valid. */
function sample({ type, minimum, items, properties = {}, required = [], ...schema }: Schema): unknown {
  switch (type) {
    case 'string':
      if (isExpression({ type, ...schema })) return 'true';
      return (schema.enum ?? WORDS).findLast((word) => fits(schema, word));
    case 'integer':
      return minimum;
    case 'boolean':
      return true;
    case 'array':
      return [sample(items ?? {})];
    default: {
      const filled = Object.fromEntries(required.map((name) => [name, sample(properties[name] ?? {})]));
      if ('isNot' in properties) return { ...filled, is: 'a' };
      return 'bytes' in properties ? { bytes: 48 } : filled;
    }
  }
}

const isExpression = ({ description = '' }: Schema): boolean => description.startsWith('A condition in CEL');

const WORDS = ['${BASE}', '30d', '0 4 1 * *', '2030-01-01', 'a', 'UTC'];

function fits(schema: Schema, text: string): boolean {
  return (
    (schema.enum === undefined || schema.enum.includes(text)) &&
    (schema.format !== 'date' || /^\d{4}-\d\d-\d\d$/.test(text)) &&
    (schema.pattern === undefined || asJavaScript(schema.pattern).test(text)) &&
    [...text].length <= (schema.maxLength ?? Number.POSITIVE_INFINITY)
  );
}

/** The CRD spells a code point as Go does. */
const asJavaScript = (pattern: string): RegExp =>
  new RegExp(pattern.replaceAll(/\\x\{([0-9a-f]{4})\}/g, '\\u$1'));

function brokenAt(schema: Schema): ReturnType<Edges> {
  const { type, maximum, minimum, maxItems, maxLength, maxProperties, items, properties } = schema;
  const of: (readonly [string, unknown, string?])[] = [['another type', type === 'string' ? 7 : 'x']];
  if (type === 'integer') of.push(['a fraction', (minimum ?? 0) + 0.5]);
  if (minimum !== undefined) of.push(['too small', minimum - 1]);
  if (maximum !== undefined) of.push(['too large', maximum + 1]);
  if (schema.enum !== undefined) of.push(['none of those', 'Nope']);
  if (maxLength !== undefined) of.push(['too long', 'a'.repeat(maxLength + 1)]);
  if (maxItems !== undefined) of.push(['too many', listOf(items, maxItems + 1)]);
  if (schema.minItems !== undefined) of.push(['an empty list', []]);
  if (schema.minLength !== undefined) of.push(['an empty text', '']);
  if (type === 'string' && !fits(schema, ODD_NAMES)) of.push(['the wrong form', ODD_NAMES]);
  if (properties !== undefined)
    of.push(['an unknown field', { ...(sample(schema) as Json), unheard: 1 }, 'unheard']);
  for (const name of schema.required ?? []) {
    const { [name]: _, ...others } = sample(schema) as Json;
    of.push([`no ${name}`, others, name]);
  }
  if (maxProperties !== undefined) {
    of.push(['too many', mapOf(names(maxProperties + 1), schema)]);
    for (const name of ['', ODD_NAMES, '\u0430', '__proto__', 'a'.repeat(318)]) {
      of.push([`the name ${JSON.stringify(name).slice(0, 20)}`, mapOf([name], schema)]);
    }
  }
  return of;
}

const ODD_NAMES = 'a\u202e\n!';

function keptAt(schema: Schema): ReturnType<Edges> {
  const { maximum, minimum, maxItems, maxLength = 0, maxProperties = 0, items } = schema;
  const of: (readonly [string, unknown])[] = [['a sample', sample(schema)]];
  if (minimum !== undefined) of.push(['the least', minimum]);
  if (maximum !== undefined) of.push(['the most', maximum]);
  for (const one of schema.enum ?? []) if (!/In$/.test(one)) of.push([one, one]);
  if (maxItems !== undefined) of.push(['as many', listOf(items, maxItems)]);
  const longest = isExpression(schema) ? `true ${' '.repeat(maxLength - 5)}` : 'a'.repeat(maxLength);
  if (maxLength > 0 && fits(schema, longest)) of.push(['as long', longest]);
  if (maxProperties > 0) of.push(['as many', mapOf(names(maxProperties), schema)]);
  return of;
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `n${index}`);

/** Different names, if the items may differ. */
function listOf(items: Schema = {}, count: number): readonly unknown[] {
  const isFree = items.type === 'string' && fits(items, 'n0') && fits(items, 'n999');
  if (isFree) return names(count);
  if (items.required?.includes('secretName') === true)
    return names(count).map((name) => ({ ...(sample(items) as Json), secretName: name }));
  return Array(count).fill(sample(items));
}

/** Through JSON, where `__proto__` is a name like any other. */
function mapOf(names: readonly string[], { additionalProperties }: Schema): unknown {
  const value = JSON.stringify(sample(additionalProperties as Schema));
  return JSON.parse(`{${names.map((name) => `${JSON.stringify(name)}:${value}`).join(',')}}`);
}
