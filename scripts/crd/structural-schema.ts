import * as z from 'zod';

/** JSON Schema, as far as zod writes it of a SecretPolicy. */
export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly $schema?: string;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** The rules in CEL. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** By the path of a schema: names of fields, `*` for what is in a list or a map. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

/**
 * A zod schema as the structural schema that a CRD demands. Every field has one type and one place. Unknown fields are
 * left out, because the API server refuses or prunes them. `at` is the path of the schema itself.
 */
export function structuralSchema(schema: z.ZodType, rules: Rules, at: string): Schema {
  // A default fills a field that the writer leaves out, so the schema is that of the input.
  return structure(z.toJSONSchema(schema, { io: 'input' }) as Schema, rules, at);
}

function structure(schema: Schema, rules: Rules, at: string): Schema {
  const { anyOf, ...plain } = schema;
  const { $schema, description, properties, additionalProperties, propertyNames, items, ...own }: Schema =
    anyOf === undefined ? plain : { ...plain, ...merged(anyOf) };
  const validations = [...namesRules(propertyNames), ...(rules[at] ?? [])];
  const inside = (of: Schema, step: string): Schema => structure(of, rules, `${at}.${step}`);
  return {
    ...(description !== undefined && { description }),
    ...asGoReads(own),
    ...(validations.length > 0 && { 'x-kubernetes-validations': validations }),
    ...(properties && { properties: mapValues(properties, inside) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: inside(additionalProperties, '*'),
    }),
    ...(items && { items: inside(items, '*') }),
  };
}

/**
 * The alternatives of a union in one: all of their fields. A default would be written into the other alternative, so
 * there is none; which fields go together is for CEL to say.
 */
function merged(alternatives: readonly Schema[]): Schema {
  const fields = alternatives.flatMap(({ properties = {} }) => Object.entries(properties));
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, { default: _, ...of }]) => [name, of])),
  };
}

/** A structural schema can't say what names a map may have. */
function namesRules(names: Schema | undefined): readonly Rule[] {
  if (names?.pattern === undefined) return [];
  return [
    {
      rule: `self.all(name, name.matches(r'${names.pattern}') && size(name) <= ${names.maxLength} && name != '__proto__')`,
      message: `a name here must match ${names.pattern}, with ${names.maxLength} characters at most`,
    },
  ];
}

/** Go's regular expressions spell a code point in another way. `format` describes a date in a better sentence. */
function asGoReads({ pattern, ...schema }: Schema): Schema {
  if (pattern === undefined || schema.format === 'date') return schema;
  return { ...schema, pattern: pattern.replaceAll(/\\u([0-9a-f]{4})/g, '\\x{$1}') };
}

function mapValues<In, Out>(
  map: Readonly<Record<string, In>>,
  change: (value: In, name: string) => Out,
): Record<string, Out> {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value, name)]));
}
