import type { Schema } from '../crd/structural-schema.ts';

/** The type of a field, as a reference page names it. */
export function typeOf(schema: Schema): string {
  const { type = 'any', items, additionalProperties, maxItems, maxProperties } = schema;
  if (items !== undefined) return `list of ${typeOf(items)}${most(maxItems)}`;
  if (typeof additionalProperties === 'object')
    return `map of ${typeOf(additionalProperties)}${most(maxProperties)}`;
  if (schema.enum !== undefined) return schema.enum.map((one) => `\`${one}\``).join(', ');
  if (schema.format === 'date') return 'day';
  if (schema.format === 'date-time') return 'time';
  if (type === 'integer')
    return schema.maximum === undefined
      ? `integer, at least ${schema.minimum}`
      : `integer, ${schema.minimum} to ${schema.maximum}`;
  return `${type}${schema.maxLength === undefined ? '' : `, up to ${schema.maxLength} characters`}`;
}

const most = (count: number | undefined): string => (count === undefined ? '' : `; at most ${count}`);

export function defaultOf(schema: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  return schema.default === undefined ? '' : `\`${JSON.stringify(schema.default)}\``;
}
