import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';

/** What was written, as an audit of it must find it. */
export interface FilledCluster {
  readonly secrets: number;
  readonly namespaces: number;
  readonly denied: number;
  readonly warned: number;
  readonly mutated: number;
}

const NAMESPACES = 200;
/** Bytes of values in each, unless told. */
const DEFAULT_VALUE_BYTES = 4096;
/** Secrets in one transaction: of 1.5 MB that etcd takes at once not half. */
const SECRETS_PER_TRANSACTION = 100;
const CONNECTIONS = 4;

/**
 * Writes Secrets straight into etcd, as JSON, which the API server reads as well as its own protobuf: a hundred in each
 * transaction, over a few connections that stay open. Through the API server it would take ten times as long. One in
 * fifty is a placeholder, one in fifty has a URL that has left its password, one in fifty a newline that a policy only
 * warns of; the others are good.
 */
export async function fillEtcd(
  url: string,
  count: number,
  bytes = DEFAULT_VALUE_BYTES,
): Promise<FilledCluster> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const put = (entries: readonly Entry[]) => commit(url, agent, entries);
  const names = Array.from({ length: NAMESPACES }, (_, number) => namespaceName(number));
  for (let at = 0; at < names.length; at += SECRETS_PER_TRANSACTION)
    await put(names.slice(at, at + SECRETS_PER_TRANSACTION).map(namespaceEntry));
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const begin = next;
      next += SECRETS_PER_TRANSACTION;
      const size = Math.min(SECRETS_PER_TRANSACTION, count - begin);
      await put(Array.from({ length: size }, (_, at) => secretEntry(begin + at, bytes)));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
  agent.destroy();
  const each = (kind: Kind) =>
    Array.from({ length: count }, (_, n) => kindOf(n)).filter((k) => k === kind).length;
  return {
    secrets: count,
    namespaces: Math.min(NAMESPACES, count),
    denied: each('placeholder'),
    warned: each('newline'),
    mutated: each('stale'),
  };
}

type Kind = 'placeholder' | 'stale' | 'newline' | 'good';

function kindOf(number: number): Kind {
  // Every namespace gets some of each.
  const turn = (number + Math.floor(number / NAMESPACES)) % 50;
  return turn === 0 ? 'placeholder' : turn === 1 ? 'stale' : turn === 2 ? 'newline' : 'good';
}

interface Entry {
  readonly key: string;
  readonly object: object;
}

const namespaceName = (number: number): string => `team-${String(number).padStart(3, '0')}`;
const NOW = '2026-11-25T00:00:00Z';

const namespaceEntry = (name: string): Entry => ({
  key: `/registry/namespaces/${name}`,
  object: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      uid: uuid(name),
      creationTimestamp: NOW,
      labels: { 'kubernetes.io/metadata.name': name },
    },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  },
});

function secretEntry(number: number, bytes: number): Entry {
  const namespace = namespaceName(number % NAMESPACES);
  const name = `app-${String(number).padStart(6, '0')}`;
  const values = valuesOf(number, bytes);
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return {
    key: `/registry/secrets/${namespace}/${name}`,
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, uid: uuid(name), creationTimestamp: NOW, labels: { app: name } },
      data,
      type: 'Opaque',
    },
  };
}

function valuesOf(number: number, bytes: number): Readonly<Record<string, string | Buffer>> {
  const password = random(`password ${number}`, 18).toString('base64url');
  const kind = kindOf(number);
  const url = (of: string) => `postgresql://app:${of}@postgres-service:5432/app`;
  const values = {
    POSTGRES_USER: 'app',
    POSTGRES_PASSWORD: password,
    POSTGRES_DB: 'app',
    DATABASE_URL: url(kind === 'stale' ? random(`old ${number}`, 18).toString('base64url') : password),
    JWT_SECRET: kind === 'placeholder' ? 'CHANGE_ME' : random(`jwt ${number}`, 48).toString('base64url'),
    API_TOKEN: `${random(`token ${number}`, 32).toString('hex')}${kind === 'newline' ? '\n' : ''}`,
  };
  const taken = Object.values(values).reduce((sum, { length }) => sum + length, 0);
  return { ...values, 'keystore.p12': random(`keystore ${number}`, bytes - taken) };
}

/** The same in every run. */
const random = (seed: string, size: number): Buffer =>
  createHash('shake256', { outputLength: size }).update(seed).digest();

const uuid = (seed: string): string =>
  random(seed, 16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** The JSON door of etcd (grpc-gateway). */
function commit(url: string, agent: Agent, entries: readonly Entry[]): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const success = entries.map(({ key, object }) => ({
    requestPut: { key: base64(key), value: base64(JSON.stringify(object)) },
  }));
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/v3/kv/txn`, { method: 'POST', agent }, (response) => {
      response.resume();
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`etcd answered ${response.statusCode}`));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ success }));
  });
}
