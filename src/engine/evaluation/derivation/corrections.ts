import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template.ts';
import type { ConnectionString, PartName } from '../../uri/connection.ts';
import { traitsOf } from '../../uri/system-traits.ts';
import { isInvalidBaseKey } from '../base-key-check.ts';
import { type Evaluation, keyByName } from '../evaluation.ts';
import { keepsDatabase, keepsPort, portsOf } from './kept-parts.ts';
import { expectedPart, isBound } from './render.ts';
import { isSameHost, isServerOfTeam } from './server-parts.ts';

/** The expected value of one part of the URL, and the reason. */
export interface Correction {
  readonly part: string;
  readonly wanted: string;
  readonly bases: readonly string[];
  /** The value is correct, but its encoding is not. */
  readonly encodingOnly: boolean;
}

/** The differences between a URL and its bound parts. The values of invalid base keys are not compared. */
export function correctionsOf(
  evaluation: Evaluation,
  derive: Derivation,
  url: UrlTemplate,
  connection: ConnectionString,
): readonly Correction[] {
  const corrections: Correction[] = [];
  for (const [part, expression] of url.parts) {
    if (derive.free.has(part)) continue;
    const correction = partCorrection(evaluation, url, part, expression, connection);
    if (correction !== undefined) corrections.push(correction);
  }
  for (const [part, expression] of url.params) {
    const correction = paramCorrection(evaluation, part, expression, connection);
    if (correction !== undefined) corrections.push(correction);
  }
  return corrections;
}

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

/** Only a part that differs is asked why it may: nearly every part agrees. */
function partCorrection(
  evaluation: Evaluation,
  url: UrlTemplate,
  part: PartName,
  expression: TemplateExpression,
  connection: ConnectionString,
): Correction | undefined {
  if (!isBound(evaluation, expression)) {
    const free = rawLogin(part, connection);
    return free === undefined ? undefined : { part, wanted: free, bases: [], encodingOnly: true };
  }
  const present = connection[part];
  const wanted = expectedPart(evaluation, expression);
  if (wanted === undefined) return undefined;
  const agrees = present !== undefined && sameValue(part, present.value, wanted);
  if (agrees && (present.portable || (part === 'database' && connection.system !== 'postgres')))
    return undefined;
  const isServerPart = part === 'host' || part === 'port';
  if (isServerPart && isServerOfTeam(evaluation, url, connection)) return undefined;
  if (isImplied(part, wanted, connection)) return undefined;
  if (!agrees && part === 'database' && keepsDatabase(connection)) return undefined;
  if (!agrees && part === 'port' && keepsPort(connection, wanted)) return undefined;
  const bases = basesOf(evaluation, expression);
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return undefined;
  return { part, wanted, bases, encodingOnly: agrees && present.conflicts !== true };
}

/** A user or password with a delimiter in it. libpq ends it at the first one, and other drivers at the last `@`. */
function rawLogin(part: PartName, connection: ConnectionString): string | undefined {
  const { value = '', portable = true, conflicts = false } = connection[part] ?? {};
  const isLogin = part === 'user' || part === 'password';
  const isInUrl = connection.system === 'postgres' && connection.form === 'url';
  const isRaw = isLogin && isInUrl && !portable && !conflicts && /[@/?#]/.test(value) && NO_SLOT.test(value);
  return isRaw ? value : undefined;
}

const basesOf = (evaluation: Evaluation, expression: TemplateExpression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyByName(evaluation, name));

const sameValue = (part: PartName, present: string, wanted: string): boolean =>
  part === 'host' ? isSameHost(present, wanted) : present === wanted;

/**
 * An absent part can be correct. It may be the default port. In a JDBC or ADO string the program may get the
 * credentials from other keys, and in a keyword string from a file.
 */
function isImplied(part: PartName, wanted: string, connection: ConnectionString): boolean {
  if (connection[part] !== undefined) return false;
  if (part === 'port') return portsOf(connection).includes(wanted) || keepsPort(connection, wanted);
  const { user, database } = traitsOf(connection.system);
  if (part === 'database' && (wanted === database || keepsDatabase(connection))) return true;
  if (part === 'user' && wanted === user && connection.form === 'url') return true;
  if (part !== 'user' && part !== 'password') return false;
  if (connection.form === 'keyword') return PASSWORD_SOURCES.some((name) => connection.params.has(name));
  return connection.form !== 'url';
}

/** Parameters of libpq that name another place for the login. */
const PASSWORD_SOURCES = ['service', 'passfile', 'sslcert', 'sslkey'];

function paramCorrection(
  evaluation: Evaluation,
  part: string,
  expression: TemplateExpression,
  connection: ConnectionString,
): Correction | undefined {
  const wanted = isBound(evaluation, expression) ? expectedPart(evaluation, expression) : undefined;
  if (wanted === undefined || connection.params.get(part)?.value === wanted) return undefined;
  const bases = basesOf(evaluation, expression);
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return undefined;
  return { part, wanted, bases, encodingOnly: false };
}

const NO_SLOT = /^[^${}<>]*$/;
export function wantedParts(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}
