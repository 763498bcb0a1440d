import type { Workload } from '../../engine/rollout/consumers.ts';
import type { Regarding } from '../../kube/client/events.ts';

export const secretIn = (namespace: string, name: string, uid: string): Regarding => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name,
  uid,
});

export const regardingOf = ({ apiVersion, kind, namespace, name, uid }: Workload): Regarding => ({
  apiVersion,
  kind,
  namespace,
  name,
  uid,
});
