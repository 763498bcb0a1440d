import { aManifest } from '../cluster/consumers.ts';
import type { LoginSource } from './login-clients.ts';
import {
  app,
  denyPods,
  OLD,
  type Plant,
  PODS,
  READS,
  specOf,
  untilUsed,
  VOLUME,
  workload,
} from './planting.ts';

/** Copies of the password, and files that hold it. */
export const COPIES: Readonly<
  Record<string, { readonly plant: Plant; readonly clients?: readonly LoginSource[] }>
> = {
  'a copy in another Secret': {
    plant: ({ put, password }) =>
      put('secrets', { kind: 'Secret', metadata: { name: 'twin' }, stringData: { LEDGER: password } }),
    clients: [PODS, OLD],
  },
  'a copy in a ConfigMap': {
    plant: ({ put, password }) =>
      put('configmaps', {
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: { 'app.properties': `password=${password}\n` },
      }),
    clients: [PODS, OLD],
  },
  'a copy in base64 in a ConfigMap': {
    plant: ({ put, password }) =>
      put('configmaps', {
        kind: 'ConfigMap',
        metadata: { name: 'c' },
        data: { x: Buffer.from(`pw: ${password}`).toString('base64') },
      }),
    clients: [PODS, OLD],
  },
  'a variable in plain text': {
    plant: ({ put, password }) =>
      put(
        'deployments',
        aManifest('Deployment', 'plain', { env: [{ name: 'PGPASSWORD', value: password }] }),
      ),
    clients: [PODS, OLD],
  },
  'a file in the Secret itself': {
    plant: ({ patch, namespace, password }) =>
      patch(app(namespace), { stringData: { '.env': `A=1\nPASSWORD=${password}\n` } }),
    clients: [PODS, OLD],
  },
  'another URL in the Secret itself': {
    plant: ({ patch, namespace, role, password }) =>
      patch(app(namespace), { stringData: { REPORTS: `postgresql://${role}:${password}@reports:5432/r` } }),
  },
  'the list of a pooler in a ConfigMap': {
    plant: ({ put, role }) =>
      put('configmaps', {
        kind: 'ConfigMap',
        metadata: { name: 'pgb' },
        data: { 'userlist.txt': `"${role}" "SCRAM-SHA-256$4096:x$y:z"\n` },
      }),
    clients: [PODS, OLD],
  },
  'the list of a pooler in a Secret': {
    plant: ({ put, role }) =>
      put('secrets', {
        kind: 'Secret',
        metadata: { name: 'pgb' },
        stringData: { 'userlist.txt': `"${role}" "md5abc"\n` },
      }),
    clients: [PODS, OLD],
  },
  'a pooler that asks the server': {
    plant: ({ put }) =>
      put('configmaps', {
        kind: 'ConfigMap',
        metadata: { name: 'pgb' },
        data: { 'userlist.txt': '"pooler" "SCRAM-SHA-256$4096:x$y:z"\n' },
      }),
  },
  'the same password of another role': {
    plant: ({ put, password }) =>
      put('secrets', {
        kind: 'Secret',
        metadata: { name: 'other' },
        stringData: { POSTGRES_USER: 'somebody', POSTGRES_PASSWORD: password, POSTGRES_HOST: 'elsewhere' },
      }),
  },
};

/** Consumers of two roles. */
export const CONSUMERS: Readonly<
  Record<string, { readonly plant: Plant; readonly clients?: readonly LoginSource[] }>
> = {
  'a pod without a workload': {
    plant: ({ put }) =>
      put('pods', {
        kind: 'Pod',
        metadata: { name: 'bare' },
        spec: { nodeName: 'node-1', containers: [{ name: 'm', image: 'm', ...READS }] },
      }),
    clients: [PODS, { from: 'pods', prefix: 'bare' }],
  },
  'a ReplicaSet without a Deployment': {
    plant: ({ put }) => put('replicasets', aManifest('ReplicaSet', 'set', READS, { replicas: 1 })),
    clients: [PODS, { from: 'pods', prefix: 'set-' }],
  },
  'a CronJob': {
    plant: ({ put }) => put('cronjobs', aManifest('CronJob', 'cron', READS)),
  },
  'a paused Deployment': {
    plant: ({ patch, namespace }) =>
      patch(workload(namespace, 'deployments/api'), { spec: { paused: true } }),
  },
  'a Deployment that may not be restarted': {
    plant: ({ patch, namespace }) =>
      patch(workload(namespace, 'deployments/api'), {
        metadata: { annotations: { 'lockstep.dev/restart': 'false' } },
      }),
  },
  'no restarts by the credential': { plant: specOf({ consumers: { restart: false } }) },
  'a StatefulSet that waits for deletions': {
    plant: ({ put }) =>
      put(
        'statefulsets',
        aManifest('StatefulSet', 'set', READS, { replicas: 1, updateStrategy: { type: 'OnDelete' } }),
      ),
    clients: [PODS, { from: 'pods', prefix: 'set-' }],
  },
  'a StatefulSet': {
    plant: ({ put }) => put('statefulsets', aManifest('StatefulSet', 'set', READS, { replicas: 1 })),
    clients: [PODS, { from: 'pods', prefix: 'set-' }],
  },
  'a DaemonSet': {
    plant: ({ put }) => put('daemonsets', aManifest('DaemonSet', 'agent', READS)),
    clients: [PODS, { from: 'pods', prefix: 'agent-' }],
  },
  'a second Deployment': {
    plant: ({ put }) => put('deployments', aManifest('Deployment', 'web', READS, { replicas: 2 })),
    clients: [PODS, { from: 'pods', prefix: 'web-' }],
  },
  'a reader of the password alone': {
    plant: ({ put }) =>
      put(
        'deployments',
        aManifest(
          'Deployment',
          'half',
          { env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'app', key: 'POSTGRES_PASSWORD' } } }] },
          { replicas: 1 },
        ),
      ),
    clients: [PODS, { from: 'pods', prefix: 'half-', role: 'own' }],
  },
  'a reader of the URL': {
    plant: ({ put }) =>
      put(
        'deployments',
        aManifest(
          'Deployment',
          'url',
          { env: [{ name: 'U', valueFrom: { secretKeyRef: { name: 'app', key: 'DATABASE_URL' } } }] },
          { replicas: 1 },
        ),
      ),
    clients: [PODS, { from: 'pods', prefix: 'url-' }],
  },
  'a reader of the name of the database': {
    plant: ({ put }) =>
      put(
        'deployments',
        aManifest(
          'Deployment',
          'name',
          { env: [{ name: 'D', valueFrom: { secretKeyRef: { name: 'app', key: 'POSTGRES_DB' } } }] },
          { replicas: 1, paused: true },
        ),
      ),
  },
  'a volume': {
    plant: ({ put }) =>
      put(
        'deployments',
        aManifest(
          'Deployment',
          'files',
          { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
          { replicas: 1 },
          [{ name: 'v', secret: { secretName: 'app' } }],
        ),
      ),
    clients: [PODS, VOLUME],
  },
  'a Deployment whose pods can not be made': {
    plant: ({ world, namespace }) => denyPods(world, namespace),
  },
  'a Deployment without pods': {
    plant: ({ patch, namespace }) => patch(workload(namespace, 'deployments/api'), { spec: { replicas: 0 } }),
  },
  'a Deployment that is not available': {
    plant: ({ put }) =>
      put(
        'deployments',
        aManifest('Deployment', 'sick', { ...READS }, { replicas: 1, minReadySeconds: 500 }),
      ),
    clients: [PODS],
  },
  'a Deployment of Reloader': {
    plant: ({ patch, namespace }) =>
      patch(workload(namespace, 'deployments/api'), {
        metadata: { annotations: { 'reloader.stakater.com/auto': 'true' } },
      }),
  },
  'a quota that is full': {
    plant: async ({ put, world, namespace }) => {
      await put('resourcequotas', {
        kind: 'ResourceQuota',
        metadata: { name: 'full' },
        spec: { hard: { pods: '1' } },
      });
      await untilUsed(world, namespace);
    },
  },
  'a server that reads the Secret': {
    plant: ({ put }) =>
      put(
        'statefulsets',
        aManifest('StatefulSet', 'postgres', { image: 'postgres:17', ...READS }, { replicas: 1 }),
      ),
    clients: [PODS, { from: 'server', prefix: 'postgres-' }],
  },
};
