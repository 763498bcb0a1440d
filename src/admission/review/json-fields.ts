import { LockstepError } from '../../errors/errors.ts';

/** A JSON object as it arrived. The sender chooses its keys, so `__proto__` is an own property like any other. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A malformed review is answered with 400 and the name of the field, never with its content. */
export function badReview(field: string, what: string): LockstepError {
  return new LockstepError('BAD_REVIEW', [field, what]);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function requireObject(value: unknown, field: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw badReview(field, value === undefined || value === null ? 'is missing' : 'must be an object');
}

/** Reads own properties only. `constructor` of an object without that key is missing, and not a function. */
export const ownProperty = (fields: JsonObject, name: string): unknown =>
  Object.hasOwn(fields, name) ? fields[name] : undefined;

export function requiredText(fields: JsonObject, name: string, field: string): string {
  const text = optionalText(fields, name, field);
  if (text === '') throw badReview(field, 'is missing');
  return text;
}

/** Empty if the field is absent, as in Go. */
export function optionalText(fields: JsonObject, name: string, field: string): string {
  const value = ownProperty(fields, name);
  if (value === undefined || value === null) return '';
  return requireText(value, field);
}

function requireText(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw badReview(field, 'must be a string');
}

/** False if the field is absent, as in Go. */
export function optionalBoolean(fields: JsonObject, name: string, field: string): boolean {
  const value = ownProperty(fields, name);
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw badReview(field, 'must be true or false');
  return value;
}

export function optionalTextMap(
  fields: JsonObject,
  name: string,
  field: string,
): ReadonlyMap<string, string> {
  const value = ownProperty(fields, name);
  const entries = Object.entries(requireObject(value ?? {}, field));
  return new Map(entries.map(([key, text]) => [key, requireText(text, `${field}[${key}]`)]));
}
