import type { Workload } from '../../engine/rollout/consumers.ts';
import type { ObjectReference } from '../../kube/client/events.ts';

export const secretReference = (namespace: string, name: string, uid: string): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name,
  uid,
});

export const workloadReference = ({ apiVersion, kind, namespace, name, uid }: Workload): ObjectReference => ({
  apiVersion,
  kind,
  namespace,
  name,
  uid,
});
