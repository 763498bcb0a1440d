import type { Fields } from '../object/entries.ts';
import { type OffsetFault, rejectedFault } from '../object/offset-fault.ts';
import { type Node, resolveAlias } from '../yaml/node.ts';
import { resolveScalar } from '../yaml/scalar.ts';

type FieldType = keyof typeof TYPE_FIXES;

const TYPE_FIXES = {
  map: 'write KEY: value under it',
  list: 'write its items under it, each after a dash',
  string: 'put it in quotes',
  boolean: 'write true or false',
  number: 'write a number without quotes',
};

/** The type of a node, in the words of a report: an absent one is `null`. */
export function typeOf(node: Node | undefined): string {
  const resolved = node === undefined ? undefined : resolveAlias(node);
  if (resolved === undefined) return 'null';
  if (resolved.kind === 'scalar') return resolveScalar(resolved).type;
  return resolved.kind === 'seq' ? 'list' : 'map';
}

export const typeAt = (fields: Fields, key: string): string => typeOf(fields.get(key)?.value);

/** A field of another type than the API declares. An absent field and null have none. `name` is that of the report. */
export function* requireType(
  fields: Fields,
  key: string,
  expected: FieldType,
  name = key,
): Generator<OffsetFault> {
  const entry = fields.get(key);
  const actual = typeAt(fields, key);
  if (entry === undefined || actual === 'null' || actual === expected) return;
  yield wrongType(name, actual, expected, entry.keyNode.start);
}

export const wrongType = (field: string, actual: string, expected: FieldType, offset: number): OffsetFault =>
  rejectedFault(
    'not-a-string',
    field,
    `is a ${actual}, and must be a ${expected}`,
    TYPE_FIXES[expected],
    offset,
  );

/** Whether the field has a value that is no text. */
export const isNotText = (fields: Fields, key: string): boolean =>
  !['null', 'string'].includes(typeAt(fields, key));
