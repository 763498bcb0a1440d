import type { Part, Span } from './connection.ts';
import { withoutBrackets } from './encode.ts';
import { percentPart } from './part.ts';
import { HOST, PORT } from './raw-characters.ts';

export interface HostPort {
  readonly host: Part;
  /** Undefined if no `:` follows the host. */
  readonly port: Part | undefined;
}

/**
 * One item has at most one `:` outside of brackets. Each repetition ends at a character that it can't hold, so this
 * runs in linear time.
 */
const ITEM = String.raw`(?:\[[^\]\s@/?#]*\]|[^\s@/?#:,[\]]*)(?::[^\s@/?#:,[\]]*)?`;
const HOSTS = new RegExp(`${ITEM}(?:,${ITEM})*(?=[/?#]|$)`, 'y');

/** The end of the host list that begins at `start`. Undefined if the text there is no list of hosts. */
export function endOfHosts(text: string, start: number): number | undefined {
  HOSTS.lastIndex = start;
  return HOSTS.test(text) ? HOSTS.lastIndex : undefined;
}

/**
 * The items of `a:5432,[::1]:5433`. Undefined if it is no host list: an open bracket, a host with a blank or a quote.
 */
export function readHosts(text: string, { start, end }: Span): readonly HostPort[] | undefined {
  const items: HostPort[] = [];
  for (let at = start; at <= end; ) {
    const comma = text.indexOf(',', at);
    const itemEnd = comma === -1 || comma > end ? end : comma;
    const read = readHost(text, at, itemEnd);
    if (read === undefined) return undefined;
    items.push(read);
    at = itemEnd + 1;
  }
  return items;
}

export function joinHosts(items: readonly HostPort[], { start, end }: Span): Part {
  const [only, second] = items;
  if (only !== undefined && second === undefined) return only.host;
  return {
    value: items.map(({ host }) => host.value).join(','),
    start,
    end,
    portable: items.every(({ host }) => host.portable),
  };
}

/** Either the list as libpq reads it, `5432,5433`, or the one number that all hosts share. */
export function joinPorts(items: readonly HostPort[]): Part | undefined {
  if (items.length === 1) return items[0]?.port;
  const ports = items.map(({ port }) => port);
  const written = ports.filter((port) => port !== undefined);
  const [first, last] = [written[0], written.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const values = ports.map((port) => port?.value ?? '');
  const shared = values.every((value) => value === first.value);
  return {
    value: shared ? first.value : values.join(','),
    start: first.start,
    end: last.end,
    portable: written.every(({ portable }) => portable),
  };
}

/** `host`, `host:5432`, `[::1]:5432`. */
const HOST_AND_PORT = /^(\[[^\]\s"`]*\]|(?!\[)[^:\s"`]*)(?::[^:\s"`]*)?$/;

function readHost(text: string, start: number, end: number): HostPort | undefined {
  const name = HOST_AND_PORT.exec(text.slice(start, end))?.[1];
  if (name === undefined) return undefined;
  const hostEnd = start + name.length;
  const host = percentPart(text, start, hostEnd, HOST);
  return {
    host: name.startsWith('[') ? { ...host, value: host.value.slice(1, -1) } : host,
    port: hostEnd === end ? undefined : percentPart(text, hostEnd + 1, end, PORT),
  };
}

/**
 * The shortest spelling of a host in this namespace. `db`, `db.shop`, `db.shop.svc` and `db.shop.svc.cluster.local.`
 * are one Service for a pod in `shop`. `db.shop.` is another host, and so is the Service `db.cache.shop`.
 */
export function shortHost(host: string, namespace: string): string {
  const name = withoutClusterDomain(host);
  const service = name.endsWith(`.${namespace}`) ? name.slice(0, -namespace.length - 1) : name;
  // A pod of a StatefulSet has a name of its own before that of the Service.
  const isService = name === service || (isInClusterDomain(host) ? SERVICE_OR_POD : SERVICE).test(service);
  return isService ? service : name;
}

const SERVICE = /^[a-z0-9-]+$/;
const SERVICE_OR_POD = /^[a-z0-9-]+(?:\.[a-z0-9-]+)?$/;

/** `db.shop` for `db.shop.svc` and its like. Host names are compared without regard to case (RFC 4343). */
export const withoutClusterDomain = (host: string): string =>
  withoutBrackets(host).toLowerCase().replace(CLUSTER_DOMAIN, '$1');

const isInClusterDomain = (host: string): boolean => CLUSTER_DOMAIN.test(withoutBrackets(host).toLowerCase());

/** Behind the names of a Service and its namespace. Only there does a final dot change nothing. */
const CLUSTER_DOMAIN = /^([a-z0-9-]+(?:\.[a-z0-9-]+)+)\.svc(?:\.cluster\.local\.?)?$/;
