import type { Derivation } from '../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../policy/template.ts';
import type { ConnectionString, PartName } from '../uri/connection.ts';
import type { NewParts } from '../uri/rewrite/edit.ts';
import { type Evaluation, keyByName, valueByName } from './evaluation.ts';
import { expectedPart } from './render.ts';

/** The expected value of one part of the URL, and the reason. */
export interface Correction {
  readonly part: string;
  readonly wanted: string;
  readonly bases: readonly string[];
  /** The value is correct, but its encoding is not. */
  readonly encodingOnly: boolean;
}

/** The differences between a URL and its bound parts. `unfit` are invalid base keys, whose values are not compared. */
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

/** Names of the base keys of the compared parts. */
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
 * An absent part can be correct. It may be the default port. In a JDBC, keyword or ADO string the program may get the
 * credentials from another source.
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

/**
 * The parts of the template's server for a URL without a host, or with a placeholder host or port: `<host>`, `${PORT}`.
 */
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
