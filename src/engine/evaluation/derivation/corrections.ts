import type { Derivation } from '../../policy/policy.ts';
import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template.ts';
import type { ConnectionString, PartName } from '../../uri/connection.ts';
import type { NewParts } from '../../uri/rewrite/edit.ts';
import { traitsOf } from '../../uri/system-traits.ts';
import { isInvalidBaseKey } from '../base-key-check.ts';
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
  if (isKept(evaluation, url, part, connection) || isImplied(part, wanted, connection)) return undefined;
  if (!agrees && part === 'database' && keepsDatabase(connection)) return undefined;
  if (!agrees && part === 'port' && keepsPort(connection, wanted)) return undefined;
  const bases = basesOf(evaluation, expression);
  if (bases.some((base) => isInvalidBaseKey(evaluation, base))) return undefined;
  return { part, wanted, bases, encodingOnly: agrees && present.conflicts !== true };
}

/** The server of the URL is the choice of the team. */
const isKept = (
  evaluation: Evaluation,
  url: UrlTemplate,
  part: PartName,
  connection: ConnectionString,
): boolean =>
  (part === 'host' || part === 'port') && (keepsServer(connection) || isPooler(evaluation, url, connection));

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
  return present === wanted || (part === 'host' && present.toLowerCase() === wanted.toLowerCase());
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

/** The parts of the template's server that a URL lacks, or that no driver can use. */
export function serverAdditions(
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
): NewParts {
  const additions: NewParts = {};
  for (const part of SERVER_PARTS) {
    const expression = url.parts.get(part);
    if (expression === undefined || !(isAdded(part, connection) || isReplaced(part, connection))) continue;
    const wanted = expectedPart(evaluation, expression);
    if (wanted !== undefined && wanted !== '') additions[part] = wanted;
  }
  return additions;
}

const SERVER_PARTS = ['host', 'port'] as const;
type ServerPart = (typeof SERVER_PARTS)[number];

const isAdded = (part: ServerPart, { form, host, params }: ConnectionString): boolean =>
  part === 'host' && host === undefined && form === 'url' && !params.has('hostaddr');

const isReplaced = (part: ServerPart, connection: ConnectionString): boolean =>
  (connection.form === 'url' || connection.form === 'keyword') && !isUsable(part, connection);

/**
 * A host or port can be a placeholder (`<host>`, `${PORT}`), and a port can be no number. Drivers refuse a list of
 * ports that has not one for each host.
 */
function isUsable(part: ServerPart, { host, port, params }: ConnectionString): boolean {
  if (part === 'host') return NO_SLOT.test(host?.value ?? '');
  const ports = port?.value ?? '';
  if (ONE_PORT.test(ports)) return true;
  const hosts = (params.get('hostaddr') ?? host)?.value ?? '';
  return PORTS.test(ports) && [1, countOf(hosts)].includes(countOf(ports));
}

const NO_SLOT = /^[^${}<>]*$/;
const ONE_PORT = /^\d{0,5}$/;
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
