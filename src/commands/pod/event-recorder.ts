import { callOnChange } from '../../call-on-change.ts';
import type { Workload } from '../../engine/workloads/rollout/consumers.ts';
import { errorFields } from '../../errors/errors.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import {
  type EventComponent,
  type EventData,
  type ObjectReference,
  recordEvent,
} from '../../kube/client/events.ts';
import type { Log } from '../../log.ts';

export interface EventReporter {
  readonly component: EventComponent;
  /** The name of the pod. */
  readonly instance: string;
}

/** Never rejects. */
export type RecordEvent = (event: Omit<EventData, keyof EventReporter>) => Promise<void>;

/** An Event that can't be written becomes a log line, once until the next success. */
export function eventRecorder(cluster: Cluster, reporter: EventReporter, log: Log): RecordEvent {
  const reportFailure = callOnChange(
    (error: unknown) => {
      if (error !== undefined) log.warn('an Event can not be written', errorFields(error));
    },
    (error) => error !== undefined,
    false,
  );
  return async (event) => {
    try {
      await recordEvent(cluster, { ...event, ...reporter });
      reportFailure(undefined);
    } catch (error) {
      reportFailure(error);
    }
  };
}

export const secretReference = (namespace: string, name: string, uid: string): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Secret',
  namespace,
  name,
  uid,
});

const OWN_API = 'lockstep.dev/v1alpha1';

export const policyReference = ({ name, uid }: Pick<ObjectReference, 'name' | 'uid'>): ObjectReference => ({
  apiVersion: OWN_API,
  kind: 'SecretPolicy',
  namespace: '',
  name,
  uid,
});

export const credentialReference = ({
  kind,
  namespace,
  name,
  uid,
}: Omit<ObjectReference, 'apiVersion'>): ObjectReference => ({
  apiVersion: OWN_API,
  kind,
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
