import { type NamedServer, POSTGRES_PORT } from './named-server.ts';

/** A StatefulSet or Deployment whose pods run PostgreSQL. */
export interface ServerWorkload {
  /** `StatefulSet/postgres` */
  readonly id: string;
  /** The labels of its pods. */
  readonly labels: ReadonlyMap<string, string>;
  /** The name of its port, if it has one. */
  readonly portName: string | undefined;
  /** The Secrets that its pods read. */
  readonly secrets: readonly string[];
}

export interface ServiceFacts {
  readonly name: string;
  readonly isHeadless: boolean;
  readonly selector: ReadonlyMap<string, string>;
  readonly ports: readonly { readonly port: number; readonly target: number | string }[];
}

/** Names of images that contain PostgreSQL's name, and run a client or a proxy. */
const CLIENTS = /exporter|backup|bouncer|pool|postgrest|admin|operator|client|dump|proxy|migrat/;

/** Whether a container runs a server: by its image, or else by its port. */
export function runsPostgres({ image, ports }: { image: string; ports: readonly number[] }): boolean {
  const name = (image.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? '';
  if (CLIENTS.test(name)) return false;
  return /postgres|postgis|timescaledb|pgvector|spilo/.test(name) || ports.includes(POSTGRES_PORT);
}

/** Other programs in images with the name of Redis. */
const REDIS_CLIENTS = /commander|insight|sentinel|cli$/;

/** The same for Redis, and for each server of its protocol that has its port. */
export function runsRedis({ image, ports }: { image: string; ports: readonly number[] }): boolean {
  const name = (image.split('/').at(-1) ?? '').split(/[:@]/)[0] ?? '';
  if (CLIENTS.test(name) || REDIS_CLIENTS.test(name)) return false;
  return /redis|valkey/.test(name) || ports.includes(6379);
}

export interface ServerService extends NamedServer {
  readonly workload: ServerWorkload;
}

/** A Service for replicas or for single pods takes no writes. */
const SECONDARY = /(^|-)(read|ro|replicas?|standby|secondary|headless|hl|pods)(-|$)/;

/**
 * The Service of the servers that read the Secret. Several are returned only if nothing shows which one takes writes.
 */
export function serverServices(
  workloads: readonly ServerWorkload[],
  services: readonly ServiceFacts[],
  secret: string,
): readonly ServerService[] {
  const all = workloads
    .filter(({ secrets }) => secrets.includes(secret))
    .flatMap((workload) => servicesOf(workload, services).map((service) => ({ workload, service })));
  const primary = all.filter(({ workload, service: { name } }) => ![name, workload.id].some(isSecondary));
  const [left, plain] = [
    primary.length > 0 ? primary : all,
    primary.filter(({ service }) => !service.isHeadless),
  ];
  return (plain.length > 0 ? plain : left).map(({ workload, service }) => ({
    workload,
    host: service.name,
    port: portOf(service, workload),
    source: `Service ${service.name} of ${workload.id}, which reads the Secret,`,
  }));
}

const isSecondary = (name: string): boolean => SECONDARY.test(name.split('/').at(-1) ?? '');

/** The server behind a Service. */
export const workloadBehind = (
  service: ServiceFacts | undefined,
  workloads: readonly ServerWorkload[],
): ServerWorkload | undefined => workloads.find((one) => service !== undefined && selects(service, one));

const servicesOf = (workload: ServerWorkload, services: readonly ServiceFacts[]): readonly ServiceFacts[] =>
  services.filter((service) => selects(service, workload));

const selects = ({ selector }: ServiceFacts, { labels }: ServerWorkload): boolean =>
  selector.size > 0 && [...selector].every(([name, value]) => labels.get(name) === value);

const portOf = ({ ports }: ServiceFacts, { portName }: ServerWorkload): number =>
  (
    ports.find(({ target }) => target === POSTGRES_PORT || target === portName) ??
    ports.find(({ port }) => port === POSTGRES_PORT)
  )?.port ?? POSTGRES_PORT;
