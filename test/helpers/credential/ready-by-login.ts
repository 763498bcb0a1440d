import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Test } from 'tap';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { redisLogin } from '../redis/team.ts';
import { DATABASE, type Loose, POSTGRES_LOGIN, REDIS_LOGIN } from './team.ts';

/** Pods with this label are not made ready by kwok: see test/testbed/kwok/stages/pod-ready.yaml. */
const READY_BY_LOGIN_LABEL = 'lockstep.test/ready-by';
/** Between two looks at the pods, and two logins of each. Milliseconds. */
const POLL_INTERVAL_MS = 100;

/**
 * For the spec of a Deployment. Its pods read the Secret `app` as their environment. They are ready while its login
 * opens the server of their group.
 */
export function readyByLogin(name: string, group = 'login'): Readonly<Record<string, unknown>> {
  const containers = [{ name: 'main', image: 'main', envFrom: [{ secretRef: { name: 'app' } }] }];
  const labels = { app: `deployment-${name}`, [READY_BY_LOGIN_LABEL]: group };
  return {
    template: {
      metadata: { labels },
      spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 0, containers },
    },
  };
}

/** A login that a pod holds since it began. */
interface PodLogin {
  readonly namespace: string;
  readonly pod: string;
  readonly role: string;
  readonly password: string;
  /** Version of the Secret that its template names. */
  readonly version: number;
  /** Logins that the server refused, and when it began to let it in; milliseconds since the pod began. */
  refusals: number;
  ready: number | undefined;
  readonly since: number;
}

export interface PodReaders {
  /** Every pod that there ever was, the oldest first. */
  readonly pods: readonly PodLogin[];
  /** Pods of that namespace that are there and not ready. */
  behind(namespace: string): readonly string[];
}

/** Plays the readiness probe of an application: each pod tries its own login, again and again, on the real server. */
export function playReadiness(
  t: Test,
  cluster: Cluster,
  server: Postgres | Redis,
  group = 'login',
): PodReaders {
  const { keys } = 'sql' in server ? POSTGRES_LOGIN : REDIS_LOGIN;
  const all = new Map<string, PodLogin>();
  const alive = new Set<string>();
  let isOver = false;

  async function look(): Promise<void> {
    const { items } = (
      await cluster.request(
        `/api/v1/pods?labelSelector=${encodeURIComponent(`${READY_BY_LOGIN_LABEL}=${group}`)}`,
      )
    ).json() as { items: readonly Loose[] };
    const live = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    alive.clear();
    for (const { metadata } of live) alive.add(metadata.uid);
    await Promise.all(live.map(probe));
  }

  async function probe(pod: Loose): Promise<void> {
    const held = all.get(pod.metadata.uid) ?? (await begin(pod));
    if (held === undefined) return;
    const isLetIn = await isAccepted(server, held);
    // Without an answer, or without the pod, it is not known.
    if (isLetIn === undefined || (!isLetIn && !(await isStillThere(pod)))) return;
    if (!isLetIn) held.refusals += 1;
    else held.ready ??= performance.now() - held.since;
    const before = pod.status?.conditions?.find(({ type }: Loose) => type === 'Ready')?.status;
    if (before !== (isLetIn ? 'True' : 'False')) await report(pod, isLetIn);
  }

  async function isStillThere({ metadata: { namespace, name, uid } }: Loose): Promise<boolean> {
    const { status, json } = await cluster.request(`/api/v1/namespaces/${namespace}/pods/${name}`);
    const { metadata } = status === 200 ? json() : {};
    return metadata?.uid === uid && metadata.deletionTimestamp === undefined;
  }

  async function begin({ metadata }: Loose): Promise<PodLogin | undefined> {
    const { namespace, name, uid, annotations = {} } = metadata;
    const { status, json } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/app`);
    if (status !== 200) return undefined;
    const { data } = json();
    const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
    const held = {
      namespace,
      pod: name,
      role: text(keys.user) || 'default',
      password: text(keys.password),
      version: Number(annotations['lockstep.dev/secret-version'] ?? 0),
      refusals: 0,
      ready: undefined,
      since: performance.now(),
    };
    all.set(uid, held);
    return held;
  }

  async function report({ metadata, spec }: Loose, isReady: boolean): Promise<void> {
    const now = new Date().toISOString();
    const status = isReady ? 'True' : 'False';
    const conditions = ['Initialized', 'ContainersReady', 'Ready'].map((type) => ({
      type,
      status: type === 'Initialized' ? 'True' : status,
      lastTransitionTime: now,
    }));
    const containerStatuses = spec.containers.map(({ name, image }: Loose) => ({
      name,
      image,
      imageID: '',
      ready: isReady,
      restartCount: 0,
      state: { running: { startedAt: now } },
    }));
    await cluster.request(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`, {
      method: 'PATCH',
      body: { status: { phase: 'Running', startTime: now, conditions, containerStatuses } },
      contentType: 'application/strategic-merge-patch+json',
    });
  }

  const turning = (async () => {
    while (!isOver) {
      // The API server may be away.
      await look().catch(() => {});
      await sleep(POLL_INTERVAL_MS);
    }
  })();
  t.teardown(async () => {
    isOver = true;
    await turning;
  });
  return {
    get pods() {
      return [...all.values()];
    },
    behind: (namespace) =>
      [...all]
        .filter(([uid, held]) => alive.has(uid) && held.namespace === namespace && held.ready === undefined)
        .map(([, { pod }]) => pod),
  };
}

/** Undefined if the server gives no answer. */
async function isAccepted(
  server: Postgres | Redis,
  { role, password }: Pick<PodLogin, 'role' | 'password'>,
): Promise<boolean | undefined> {
  if ('sql' in server) return canLogIn(server, role, password);
  const code = await redisLogin(server, { role, password });
  return code === undefined || code === 'WRONGPASS' ? code === undefined : undefined;
}

export async function canLogIn({ host, port }: Postgres, user: string, password: string): Promise<boolean> {
  const client = new pg.Client({ host, port, user, password, database: DATABASE, ssl: false });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
