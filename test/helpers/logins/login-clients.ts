import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../testbed/cluster/cluster.ts';
import type { Postgres } from '../../testbed/postgres/postgres.ts';
import { canLogIn } from '../credential/ready-by-login.ts';
import { type Loose, type Texts, textsOf } from '../credential/team.ts';

/** The way in which a client gets its login. */
export type LoginSource =
  /** Pods with that name at the beginning read the Secret when they start. `role`: they know it from elsewhere. */
  | { readonly from: 'pods'; readonly prefix: string; readonly secret?: string; readonly role?: string }
  /** It keeps the first login: a pod that nothing restarts, a file of a pooler, a ConfigMap. */
  | { readonly from: 'start' }
  /** The pod is the server: without it, each login fails. */
  | { readonly from: 'server'; readonly prefix: string }
  /** A program that reads the mounted file for each login. The kubelet brings a change a second later. */
  | { readonly from: 'volume' };

interface Client {
  readonly namespace: string;
  /** Whether it still has this login. The view of it may be late. */
  readonly isCurrent: () => Promise<boolean>;
  held: { readonly role: string; readonly password: string };
  /** The state of the server for which the login was tried. */
  tried: string;
}

const VOLUME_DELAY_MS = 1000;
/** The controller and the command need connections too. */
const MAX_CONNECTIONS = 16;
const POLL_MS = 300;
const SERVER_POLL_MS = 50;

/**
 * The clients of many logins. Each of them logs in when it starts, when it gets another login, and when the server has
 * changed a password. So each failed login of a real consumer is seen, without thousands of logins a second.
 */
export function loginClients(
  cluster: Cluster,
  postgres: Postgres,
  sources: ReadonlyMap<string, readonly LoginSource[]>,
) {
  const failures = new Map<string, number>();
  const pods = new Map<string, Client>();
  const others = new Map<string, Client>();
  const servers = new Map<string, string>();
  const seen = new Map<string, { readonly at: number; readonly texts: Texts }[]>();
  let isStopped = false;

  const secretIn = async (namespace: string, name = 'app'): Promise<Texts | undefined> => {
    const { status, json } = await cluster.request(`/api/v1/namespaces/${namespace}/secrets/${name}`);
    return status === 200 ? textsOf(json()) : undefined;
  };
  const loginIn = ({ POSTGRES_USER: role = '', POSTGRES_PASSWORD: password = '' }: Texts) => ({
    role,
    password,
  });

  async function followPods(): Promise<void> {
    const { items } = (await cluster.request('/api/v1/pods')).json() as { items: readonly Loose[] };
    const present = new Set<string>();
    for (const { metadata } of items) {
      const { uid, namespace, name, deletionTimestamp } = metadata;
      const source = sources.get(namespace)?.find((one) => 'prefix' in one && name.startsWith(one.prefix));
      if (source === undefined || deletionTimestamp !== undefined) continue;
      present.add(uid);
      if (source.from === 'server') servers.set(uid, namespace);
      if (source.from !== 'pods') continue;
      if (pods.has(uid)) continue;
      const texts = await secretIn(namespace, source.secret);
      if (texts === undefined) continue;
      const login = loginIn(texts);
      const isCurrent = async (): Promise<boolean> => {
        const { status, json } = await cluster.request(`/api/v1/namespaces/${namespace}/pods/${name}`);
        const pod = (status === 200 ? json() : undefined) as Loose;
        return pod?.metadata.uid === uid && pod.metadata.deletionTimestamp === undefined;
      };
      pods.set(uid, { namespace, isCurrent, held: { ...login, role: source.role ?? login.role }, tried: '' });
    }
    for (const uid of pods.keys()) if (!present.has(uid)) pods.delete(uid);
    for (const [uid, namespace] of servers) {
      if (present.has(uid)) continue;
      servers.delete(uid);
      failures.set(namespace, (failures.get(namespace) ?? 0) + 1);
    }
  }

  const followVolumes = async (): Promise<void> => {
    await Promise.all(
      [...sources].flatMap(([namespace, all]) =>
        all.map(({ from }) =>
          from === 'start' || from === 'volume' ? followSecret(namespace, from) : undefined,
        ),
      ),
    );
  };

  async function followSecret(namespace: string, from: 'start' | 'volume'): Promise<void> {
    const key = `${namespace}/${from}`;
    if (from === 'start' && others.has(key)) return;
    const texts = await secretIn(namespace);
    if (texts === undefined) return;
    const isCurrent = async (): Promise<boolean> => {
      if (from === 'start') return true;
      const before = others.get(key)?.held.password;
      await sleep(VOLUME_DELAY_MS);
      await followSecret(namespace, from);
      return others.get(key)?.held.password === before;
    };
    const client = others.get(key) ?? { namespace, isCurrent, held: loginIn(texts), tried: '' };
    others.set(key, client);
    const versions = seen.get(key) ?? [];
    seen.set(key, versions);
    if (versions.at(-1)?.texts.POSTGRES_PASSWORD !== texts.POSTGRES_PASSWORD)
      versions.push({ at: performance.now(), texts });
    const read = versions.findLast(({ at }) => at <= performance.now() - VOLUME_DELAY_MS) ?? versions[0];
    if (from === 'volume' && read !== undefined) client.held = loginIn(read.texts);
  }

  const verifiersNow = async (): Promise<ReadonlyMap<string, string>> => {
    const rows = await postgres.sql('SELECT rolname, rolpassword FROM pg_authid');
    return new Map(rows.map(({ rolname, rolpassword }) => [`${rolname}`, `${rolpassword}`]));
  };

  async function tryAll(verifiers: ReadonlyMap<string, string>, isForced = false): Promise<void> {
    const due = [...pods.values(), ...others.values()].filter((client) => {
      const state = `${client.held.role} ${client.held.password} ${verifiers.get(client.held.role)}`;
      const isDue = isForced || state !== client.tried;
      client.tried = state;
      return isDue;
    });
    for (let next = 0; next < due.length; next += MAX_CONNECTIONS)
      await Promise.all(due.slice(next, next + MAX_CONNECTIONS).map(tryOne));
  }

  async function tryOne({ namespace, held, isCurrent }: Client): Promise<void> {
    // Both at once: a pod may be gone soon after its failed login.
    const [isOpen, isHeld] = await Promise.all([canLogIn(postgres, held.role, held.password), isCurrent()]);
    if (!isOpen && isHeld) failures.set(namespace, (failures.get(namespace) ?? 0) + 1);
  }

  async function look(): Promise<void> {
    await followPods();
    await followVolumes();
    await tryAll(await verifiersNow());
  }

  async function follow(): Promise<void> {
    while (!isStopped) {
      await look();
      await sleep(POLL_MS);
    }
  }

  async function followServer(): Promise<void> {
    let before = await verifiersNow();
    while (!isStopped) {
      const verifiers = await verifiersNow();
      if ([...verifiers].some(([role, verifier]) => before.get(role) !== verifier)) await tryAll(verifiers);
      before = verifiers;
      await sleep(SERVER_POLL_MS);
    }
  }

  return {
    /** The namespaces with a failed login, after a last login of each client. */
    start: async () => {
      await look();
      const following = Promise.all([follow(), followServer()]);
      return async (): Promise<ReadonlyMap<string, number>> => {
        isStopped = true;
        await following;
        await followPods();
        await tryAll(await verifiersNow(), true);
        return failures;
      };
    },
  };
}
