import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template.ts';
import type { ConnectionString, PartName } from '../../uri/connection.ts';
import type { NewParts } from '../../uri/rewrite/edit.ts';
import { traitsOf } from '../../uri/system-traits.ts';
import { type Evaluation, keyByName } from '../evaluation.ts';
import { countOf, keepsDatabase, keepsPort, keepsServer, portsOf } from './kept-parts.ts';
import { expectedPart, isBound } from './render.ts';

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

function* partCorrections(
  evaluation: Evaluation,
  url: UrlTemplate,
  derive: Derivation,
  connection: ConnectionString,
  unfit: readonly string[],
): Generator<Correction> {
  const isServerKept = keepsServer(connection) || isPooler(evaluation, url, connection);
  for (const [part, expression] of url.parts) {
    const bases = basesOf(evaluation, expression);
    if (derive.free.has(part) || (isServerKept && (part === 'host' || part === 'port'))) continue;
    const free = isBound(evaluation, expression) ? undefined : rawLogin(part, connection);
    if (free !== undefined) yield { part, wanted: free, bases: [], encodingOnly: true };
    if (!isBound(evaluation, expression) || bases.some((base) => unfit.includes(base))) continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted === undefined || isImplied(part, wanted, connection)) continue;
    const present = connection[part];
    const agrees = present !== undefined && sameValue(part, present.value, wanted);
    if (!agrees && part === 'database' && keepsDatabase(connection)) continue;
    if (!agrees && part === 'port' && keepsPort(connection, wanted)) continue;
    if (!agrees || !(present.portable || (part === 'database' && connection.system !== 'postgres')))
      yield { part, wanted, bases, encodingOnly: agrees && present.conflicts !== true };
  }
}

/** A user or password with a delimiter in it. libpq ends it at the first one, and other drivers at the last `@`. */
function rawLogin(part: PartName, connection: ConnectionString): string | undefined {
  const { value = '', portable = true, conflicts = false } = connection[part] ?? {};
  const isLogin = part === 'user' || part === 'password';
  const isInUrl = connection.system === 'postgres' && connection.form === 'url';
  const isRaw = isLogin && isInUrl && !portable && !conflicts && /[@/?#]/.test(value) && NO_SLOT.test(value);
  return isRaw ? value : undefined;
}

/**
 * A host and its port belong together. A URL with another host and another port than the Secret names goes to a pooler
 * in front of the server. A URL with an earlier host of the server follows.
 */
function isPooler(evaluation: Evaluation, url: UrlTemplate, connection: ConnectionString): boolean {
  const [host, port] = [url.parts.get('host'), url.parts.get('port')];
  const ports = portsOf(connection);
  if (!traitsOf(connection.system).pooler || host === undefined || port === undefined) return false;
  const wanted = isBound(evaluation, host) ? expectedPart(evaluation, host) : undefined;
  const present = connection.host?.value;
  if (wanted === undefined || present === undefined || sameValue('host', present, wanted)) return false;
  if (!isUsable('host', connection)) return false;
  const wantedPort = expectedPart(evaluation, port);
  const usablePort = isUsable('port', connection) ? connection.port?.value : undefined;
  const presentPort = usablePort ?? oneOf(ports, wantedPort);
  if (presentPort === (wantedPort ?? oneOf(ports, presentPort))) return false;
  return !earlierHosts(evaluation, host).some((earlier) => sameValue('host', present, earlier));
}

/** The port that counts if the URL or the Secret names none. */
const oneOf = (ports: readonly string[], other: string | undefined): string | undefined =>
  other !== undefined && ports.includes(other) ? other : ports[0];

/** The host that the template has without its base key, and the host that the base key had before this request. */
function earlierHosts(evaluation: Evaluation, host: TemplateExpression): readonly string[] {
  const hosts = referencesOf(host).flatMap(({ fallback }) => fallback ?? []);
  for (const base of basesOf(evaluation, host))
    evaluation.request.old?.data.get(base)?.withPlaintext(({ text }) => {
      if (text !== undefined) hosts.push(text);
    });
  return hosts;
}

const basesOf = (evaluation: Evaluation, expression: TemplateExpression): readonly string[] =>
  referencesOf(expression).map(({ name }) => keyByName(evaluation, name));

/** Host names are compared without regard to case (RFC 4343). */
function sameValue(part: PartName, present: string, wanted: string): boolean {
  return part === 'host' ? present.toLowerCase() === wanted.toLowerCase() : present === wanted;
}

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

/** The parts of the template's server that a URL lacks, or that no driver can use. */
export function serverAdditions(
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
): NewParts {
  const additions: NewParts = {};
  for (const part of ['host', 'port'] as const) {
    const expression = url.parts.get(part);
    const isAdded =
      part === 'host' &&
      connection.host === undefined &&
      connection.form === 'url' &&
      !connection.params.has('hostaddr');
    const isReplaced = ['url', 'keyword'].includes(connection.form) && !isUsable(part, connection);
    if (expression === undefined || !(isAdded || isReplaced)) continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted !== undefined && wanted !== '') additions[part] = wanted;
  }
  return additions;
}

/**
 * A host or port can be a placeholder (`<host>`, `${PORT}`), and a port can be no number. Drivers refuse a list of
 * ports that has not one for each host.
 */
function isUsable(part: 'host' | 'port', { host, port, params }: ConnectionString): boolean {
  if (part === 'host') return NO_SLOT.test(host?.value ?? '');
  const ports = port?.value ?? '';
  const hosts = (params.get('hostaddr') ?? host)?.value ?? '';
  return PORTS.test(ports) && [1, countOf(hosts)].includes(countOf(ports));
}

const NO_SLOT = /^[^${}<>]*$/;
/** `5432`, or one for each host: `5432,5433`. An empty one is the default. */
const PORTS = /^\d{0,5}(?:,\d{0,5})*$/;

export function wantedParts(corrections: readonly Correction[], url: UrlTemplate) {
  const params = new Map<string, string>();
  const parts: Partial<Record<PartName, string>> = {};
  for (const { part, wanted } of corrections) {
    if (url.parts.has(part as PartName)) parts[part as PartName] = wanted;
    else params.set(part, wanted);
  }
  return { ...parts, params };
}
