import { referencesOf, type TemplateExpression, type UrlTemplate } from '../../policy/template/template.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import { withoutBrackets } from '../../value/uri/encode.ts';
import type { NewParts } from '../../value/uri/rewrite/edit.ts';
import { type Evaluation, keyByName } from '../evaluation/evaluation.ts';
import { isPort } from './base-key-check.ts';
import { countOf, isSameHost, keepsServer, namesOtherServers, portsOf } from './kept-parts.ts';
import { expectedPart } from './render.ts';
import { isFilled } from './url-form.ts';

/**
 * The team chose the server of the URL: its host and port stay. A host and its port belong together. If both differ
 * from the base keys, the URL goes to a pooler in front of the server. A URL with an earlier host of the server
 * follows.
 */
export function isServerOfTeam(
  evaluation: Evaluation,
  url: UrlTemplate,
  connection: ConnectionString,
): boolean {
  if (keepsServer(connection)) return true;
  const host = url.parts.get('host');
  const present = connection.host?.value;
  if (host === undefined || present === undefined || !isUsable('host', connection)) return false;
  const wanted = expectedPart(evaluation, host);
  if (wanted === undefined || isSameHost(evaluation, present, wanted)) return false;
  if (!namesOtherServers(connection) && !hasOtherPort(evaluation, url, connection)) return false;
  return !earlierHosts(evaluation, host).some((earlier) => isSameHost(evaluation, present, earlier));
}

function hasOtherPort(evaluation: Evaluation, { parts }: UrlTemplate, connection: ConnectionString): boolean {
  const port = parts.get('port');
  if (!systemNamed(connection.system).pooler || port === undefined) return false;
  const ports = portsOf(connection);
  const wanted = expectedPart(evaluation, port);
  const usablePort = isUsable('port', connection) ? connection.port?.value : undefined;
  const present = usablePort ?? oneOf(ports, wanted);
  return present !== (wanted ?? oneOf(ports, present));
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
    if (wanted === undefined || wanted === '') continue;
    if (part === 'host') additions.host = withoutBrackets(wanted);
    // The port of a host that is added, or in place of a text that is none.
    else if (connection.port !== undefined || (additions.host && !portsOf(connection).includes(wanted)))
      additions.port = wanted;
  }
  return additions;
}

const SERVER_PARTS = ['host', 'port'] as const;
type ServerPart = (typeof SERVER_PARTS)[number];

const isAdded = (part: ServerPart, connection: ConnectionString): boolean =>
  connection[part] === undefined &&
  connection.host === undefined &&
  connection.form === 'url' &&
  !keepsServer(connection);

const isReplaced = (part: ServerPart, connection: ConnectionString): boolean =>
  (connection.form === 'url' || connection.form === 'keyword') && !isUsable(part, connection);

/**
 * A host or port can be a placeholder (`<host>`, `${PORT}`), and a port can be no number. Drivers refuse a list of
 * ports that has not one for each host.
 */
function isUsable(part: ServerPart, { host, port, params }: ConnectionString): boolean {
  if (part === 'host') return isFilled(host?.value ?? '');
  // `5432`, or one for each host: `5432,5433`. An empty one is the default.
  const ports = (port?.value ?? '').split(',');
  if (!ports.every((one) => one === '' || isPort(one))) return false;
  const hosts = (params.get('hostaddr') ?? host)?.value ?? '';
  return ports.length === 1 || ports.length === countOf(hosts);
}
