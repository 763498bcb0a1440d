export type JsonSchema = Readonly<Record<string, unknown>>;

/** One value of the chart: the source of values.yaml, its schema and its line on the reference page. */
export interface Value {
  readonly kind: 'value';
  readonly description: string;
  /** As in values.yaml. */
  readonly default: unknown;
  readonly schema: JsonSchema;
}

/** Values under one name. */
export interface Section {
  readonly kind: 'section';
  readonly description: string;
  readonly members: Members;
}

export type Members = Readonly<Record<string, Value | Section>>;

export const section = (description: string, members: Members): Section => ({
  kind: 'section',
  description,
  members,
});

const value = (description: string, initial: unknown, schema: JsonSchema): Value => ({
  kind: 'value',
  description,
  default: initial,
  schema,
});

export const flag = (initial: boolean, description: string): Value =>
  value(description, initial, { type: 'boolean' });

export const integer = (
  initial: number,
  [minimum, maximum]: readonly [min: number, max?: number],
  description: string,
): Value =>
  value(description, initial, {
    type: 'integer',
    minimum,
    ...(maximum === undefined ? {} : { maximum }),
  });

export const oneOf = (words: readonly string[], initial: string, description: string): Value =>
  value(description, initial, { enum: words });

export const text = (initial: string, description: string, pattern?: string): Value =>
  value(description, initial, textSchema(pattern));

/** Items without a comma: the option of lockstep separates its items by commas. */
export const listOf = (pattern: string, description: string): Value =>
  value(description, [], { type: 'array', items: textSchema(pattern) });

export const textMap = (initial: Readonly<Record<string, string>>, description: string): Value =>
  value(description, initial, { type: 'object', additionalProperties: { type: 'string' } });

/** Labels, without those that select the pods. */
export const labels = (description: string, initial: Readonly<Record<string, string>> = {}): Value =>
  value(description, initial, {
    type: 'object',
    additionalProperties: {
      type: 'string',
      maxLength: 63,
      pattern: '^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$',
    },
    properties: Object.fromEntries(OWN_LABELS.map((name) => [name, { const: 'set by the chart' }])),
  });

const OWN_LABELS = ['component', 'name', 'part-of'].map((name) => `app.kubernetes.io/${name}`);

/** A part of a Kubernetes object, with the fields that it may have. The API server checks the rest. */
export const fields = (initial: unknown, schema: JsonSchema, description: string): Value =>
  value(description, initial, schema);

const textSchema = (pattern: string | undefined): JsonSchema => ({
  type: 'string',
  ...(pattern === undefined ? {} : { pattern }),
});
