import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template.ts';
import type { ConnectionString } from '../../uri/connection.ts';
import type { NewParts } from '../../uri/rewrite/edit.ts';
import { traitsOf } from '../../uri/system-traits.ts';
import { type Evaluation, keyByName } from '../evaluation.ts';
import { countOf, keepsServer, portsOf } from './kept-parts.ts';
import { expectedPart, isBound } from './render.ts';

/** The team chose the server of the URL: its host and port stay. */
export const isServerOfTeam = (
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
): boolean => keepsServer(connection) || isPooler(evaluation, url, connection);

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
  if (wanted === undefined || present === undefined || isSameHost(present, wanted)) return false;
  if (!isUsable('host', connection)) return false;
  const wantedPort = expectedPart(evaluation, port);
  const usablePort = isUsable('port', connection) ? connection.port?.value : undefined;
  const presentPort = usablePort ?? oneOf(ports, wantedPort);
  if (presentPort === (wantedPort ?? oneOf(ports, presentPort))) return false;
  return !earlierHosts(evaluation, host).some((earlier) => isSameHost(present, earlier));
}

/** The port that counts if the URL or the Secret names none. */
const oneOf = (ports: readonly string[], other: string | undefined): string | undefined =>
  other !== undefined && ports.includes(other) ? other : ports[0];

/** The host that the template has without its base key, and the host that the base key had before this request. */
function earlierHosts(evaluation: Evaluation, host: TemplateExpression): readonly string[] {
  const hosts = referencesOf(host).flatMap(({ fallback }) => fallback ?? []);
  for (const { name } of referencesOf(host))
    evaluation.request.old?.data.get(keyByName(evaluation, name))?.withPlaintext(({ text }) => {
      if (text !== undefined) hosts.push(text);
    });
  return hosts;
}

/** Host names are compared without regard to case (RFC 4343). */
export const isSameHost = (one: string, other: string): boolean =>
  one === other || one.toLowerCase() === other.toLowerCase();

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
