import type { Derivation } from '../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../policy/template.ts';
import type { ConnectionString, PartName } from '../uri/connection.ts';
import type { NewParts } from '../uri/edit.ts';
import { type Evaluation, keyByName, valueByName } from './evaluation.ts';
import { expectedPart } from './render.ts';

/** What one part of the URL must be, and why. */
export interface Correction {
  readonly part: string;
  readonly wanted: string;
  readonly bases: readonly string[];
  /** The value is right, its spelling is not. */
  readonly encodingOnly: boolean;
}

/** Where a URL disagrees with what its bound parts must be. `unfit`: base keys that are no values to compare with. */
export const correctionsOf = (
  evaluation: Evaluation,
  derive: Derivation,
  url: UrlTemplate,
  connection: ConnectionString,
  unfit: readonly string[],
): readonly Correction[] => [
  ...partCorrections(evaluation, url, derive, connection, unfit),
  ...paramCorrections(evaluation, url, connection, unfit),
];

/** Base keys, by their names, of the parts that are compared. */
export function comparedNames(
  evaluation: Evaluation,
  url: UrlTemplate,
  derive: Derivation,
): readonly string[] {
  const expressions = [...url.parts]
    .filter(([part]) => !derive.free.has(part))
    .map(([, expression]) => expression);
  return [...expressions, ...url.params.values()]
    .filter((expression) => isBound(evaluation, expression))
    .flatMap((expression) => referencesOf(expression).map(({ name }) => name));
}

/** A part is bound if its template names a key that the Secret holds. */
const isBound = (evaluation: Evaluation, expression: TemplateExpression): boolean =>
  referencesOf(expression).some(({ name }) => valueByName(evaluation, name) !== undefined);

function* partCorrections(
  evaluation: Evaluation,
  url: UrlTemplate,
  derive: Derivation,
  connection: ConnectionString,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.parts) {
    const bases = basesOf(evaluation, expression);
    if (
      derive.free.has(part) ||
      !isBound(evaluation, expression) ||
      bases.some((base) => unfit.includes(base))
    )
      continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted === undefined || isImplied(part, wanted, connection)) continue;
    const present = connection[part];
    const agrees = present !== undefined && sameValue(part, present.value, wanted);
    if (!agrees || !present.portable)
      yield { part, wanted, bases, encodingOnly: agrees && present.conflicts !== true };
  }
}

const basesOf = (evaluation: Evaluation, expression: TemplateExpression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyByName(evaluation, name));

/** Host names are compared without regard to case (RFC 4343). */
function sameValue(part: PartName, present: string, wanted: string): boolean {
  return part === 'host' ? present.toLowerCase() === wanted.toLowerCase() : present === wanted;
}

/**
 * Leaving a part out may say the right thing: the port that is the default, or credentials in a JDBC, keyword or ADO string whose program takes
 * them from elsewhere.
 */
function isImplied(part: PartName, wanted: string, connection: ConnectionString): boolean {
  if (connection[part] !== undefined) return false;
  if (part === 'port') return wanted === '5432' && connection.system === 'postgres';
  return connection.form !== 'url' && (part === 'user' || part === 'password');
}

function* paramCorrections(
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
  unfit: readonly string[],
): Generator<Correction> {
  for (const [part, expression] of url.params) {
    const bases = basesOf(evaluation, expression);
    const wanted = isBound(evaluation, expression) ? expectedPart(evaluation, expression) : undefined;
    if (wanted === undefined || bases.some((base) => unfit.includes(base))) continue;
    if (connection.params.get(part)?.value !== wanted) yield { part, wanted, bases, encodingOnly: false };
  }
}

/** A URL without a host gets the template's; so does one whose host or port nobody filled in, `<host>` or `${PORT}`. */
export function serverAdditions(
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
): NewParts {
  const additions: NewParts = {};
  for (const part of ['host', 'port'] as const) {
    const expression = url.parts.get(part);
    const present = connection[part]?.value;
    const isUsable = present === undefined ? part === 'port' : !/[${}<>]/.test(present);
    if (expression === undefined || isUsable || connection.form !== 'url') continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted !== undefined && wanted !== '') additions[part] = wanted;
  }
  return additions;
}

export function wantedParts(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}
