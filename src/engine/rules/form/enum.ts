import type { Evaluation, ManagedKey } from '../../evaluation/evaluation.ts';
import { MAX_CHARACTER_BYTES } from '../../secret/characters.ts';
import { placeOfFix } from '../../secret/owners.ts';
import type { KeyRule, Violation } from '../rule.ts';

export const allowedText: KeyRule = {
  id: 'enum',
  meaning:
    'The value is none of the texts that the policy allows. The finding names them only if the key is not sensitive.',
  example: 'LOG_LEVEL: verbose where debug, info and warn are allowed',
  remediation: 'Set one of the texts under `enum` in the policy.',
  concerns: ({ entry }) => entry.enum !== undefined,
  check: isNotAllowed,
};

/** A terminal shows this many without a second line. */
const MAX_NAMED = 10;

function isNotAllowed({ data, request }: Evaluation, { key, entry }: ManagedKey): Violation | undefined {
  const { enum: allowed, sensitive } = entry;
  if (allowed === undefined) return undefined;
  const value = data.get(key);
  if (value === undefined || value.isEmpty) return undefined;
  const longest = Math.max(...allowed.map(({ length }) => length)) * MAX_CHARACTER_BYTES;
  const isAllowed =
    value.size <= longest && value.withPlaintext(({ text }) => text !== undefined && allowed.includes(text));
  if (isAllowed) return undefined;
  const place = placeOfFix(request.secret);
  return {
    key,
    message: 'is none of the texts that the policy allows',
    // A policy may list secrets by mistake, and not every reader of a finding may read policies.
    fix: sensitive === false ? `set ${oneOf(allowed)}${place}` : `set one of those texts${place}`,
  };
}

export function oneOf(allowed: readonly string[]): string {
  const named = allowed.slice(0, MAX_NAMED).map((text) => `"${text}"`);
  const more = allowed.length - named.length;
  if (more > 0) return `one of ${named.join(', ')} and ${more} more texts of the policy`;
  return allowed.length === 1 ? named.join() : `one of ${named.join(', ')}`;
}
