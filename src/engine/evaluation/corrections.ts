import type { Derivation } from '../policy/policy.ts';
import { type Expression, referencesOf, type UrlTemplate } from '../policy/template.ts';
import type { Connection, PartName } from '../uri/connection.ts';
import type { Wanted } from '../uri/edit.ts';
import { type Case, keyNamed, valueNamed } from './evaluation.ts';
import { expectedPart } from './render.ts';

/** What one part of the URL must be, and why. */
export interface Correction {
  readonly part: string;
  readonly wanted: string;
  readonly bases: readonly string[];
  /** The value is right, its spelling is not. */
  readonly respelled: boolean;
}

/** Where a URL disagrees with what its bound parts must be. `unfit`: base keys that are no values to compare with. */
export const correctionsOf = (
  aCase: Case,
  derive: Derivation,
  url: UrlTemplate,
  connection: Connection,
  unfit: readonly string[],
): readonly Correction[] => [
  ...partCorrections(aCase, url, derive, connection, unfit),
  ...paramCorrections(aCase, url, connection, unfit),
];

/** Base keys, by their names, of the parts that are compared. */
export function heldNames(aCase: Case, url: UrlTemplate, derive: Derivation): readonly string[] {
  const expressions = [...url.parts]
    .filter(([part]) => !derive.free.has(part))
    .map(([, expression]) => expression);
  return [...expressions, ...url.params.values()]
    .filter((expression) => isBound(aCase, expression))
    .flatMap((expression) => referencesOf(expression).map(({ name }) => name));
}

/** A part is bound if its template names a key that the Secret holds. */
const isBound = (aCase: Case, expression: Expression): boolean =>
  referencesOf(expression).some(({ name }) => valueNamed(aCase, name) !== undefined);

function* partCorrections(
  aCase: Case,
  url: UrlTemplate,
  derive: Derivation,
  connection: Connection,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.parts) {
    const bases = basesOf(aCase, expression);
    if (derive.free.has(part) || !isBound(aCase, expression) || bases.some((base) => unfit.includes(base)))
      continue;
    const wanted = expectedPart(aCase, expression);
    if (wanted === undefined || isSilent(part, wanted, connection)) continue;
    const present = connection[part];
    const agrees = present !== undefined && sameValue(part, present.value, wanted);
    if (!agrees || !present.portable)
      yield { part, wanted, bases, respelled: agrees && present.conflicts !== true };
  }
}

const basesOf = (aCase: Case, expression: Expression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyNamed(aCase, name));

/** Host names are compared without regard to case (RFC 4343). */
function sameValue(part: PartName, present: string, wanted: string): boolean {
  return part === 'host' ? present.toLowerCase() === wanted.toLowerCase() : present === wanted;
}

/**
 * Leaving a part out may say the right thing: the port that is the default, or credentials in a JDBC, keyword or ADO string whose program takes
 * them from elsewhere.
 */
function isSilent(part: PartName, wanted: string, connection: Connection): boolean {
  if (connection[part] !== undefined) return false;
  if (part === 'port') return wanted === '5432' && connection.system === 'postgres';
  return connection.form !== 'url' && (part === 'user' || part === 'password');
}

function* paramCorrections(
  aCase: Case,
  url: UrlTemplate,
  connection: Connection,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.params) {
    const bases = basesOf(aCase, expression);
    const wanted = isBound(aCase, expression) ? expectedPart(aCase, expression) : undefined;
    if (wanted === undefined || bases.some((base) => unfit.includes(base))) continue;
    if (connection.params.get(part)?.value !== wanted) yield { part, wanted, bases, respelled: false };
  }
}

/** A URL without a host gets the template's; so does one whose host or port nobody filled in, `<host>` or `${PORT}`. */
export function serverAdditions(aCase: Case, url: UrlTemplate, connection: Connection): Wanted {
  const additions: Wanted = {};
  for (const part of ['host', 'port'] as const) {
    const expression = url.parts.get(part);
    const present = connection[part]?.value;
    const isUsable = present === undefined ? part === 'port' : !/[${}<>]/.test(present);
    if (expression === undefined || isUsable || connection.form !== 'url') continue;
    const wanted = expectedPart(aCase, expression);
    if (wanted !== undefined && wanted !== '') additions[part] = wanted;
  }
  return additions;
}

export function wantedOf(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}
