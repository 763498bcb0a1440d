import type { RoleServer } from '../engine/login/postgres/role-server.ts';
import type { UserServer } from '../engine/login/redis/user-server.ts';
import type { LoginResult } from '../engine/login/result/login-result.ts';
import type { ServerTarget } from '../engine/login/server/target.ts';
import type { LoginLabels } from '../engine/login/status/login-labels.ts';
import type { KeyEdit } from '../engine/review/own-writes/with-derived.ts';
import type { FieldOwner } from '../engine/secret/kubernetes/field-owners.ts';
import type { Credential } from '../engine/secret/record/credential.ts';
import type { Rollout, SecretRecord } from '../engine/secret/record/record.ts';
import type { RecordLookup } from '../engine/secret/record/record-lookup.ts';
import type { ObservedWrite } from '../engine/secret/record/record-observation.ts';
import type { Writer } from '../engine/secret/record/writers.ts';
import type { Secret } from '../engine/secret/secret.ts';
import type { SecretRef } from '../engine/secret/secret-ref.ts';
import type { Sensitive } from '../engine/secret/sensitive.ts';
import type { Workload } from '../engine/workloads/rollout/consumers.ts';

/** The outside world of the reconcilers. `commands/adapters` connects it to a cluster and to servers. */
export interface Ports {
  readonly secrets: SecretPort;
  readonly records: RecordPort;
  readonly workloads: WorkloadPort;
  readonly databases: DatabasePort;
  readonly redis: RedisPort;
  readonly clock: Clock;
}

/**
 * Each function rejects with a LockstepError, and with CLUSTER_CONFLICT if the Secret has changed since it was read.
 */
export interface SecretPort {
  readonly writer: Writer;
  readonly read: (ref: SecretRef) => Promise<ObservedSecret | undefined>;
  /** For the reconcile of another Secret: a change that it sees first is still a change for the Secret itself. */
  readonly readOther: (ref: SecretRef) => Promise<ObservedSecret | undefined>;
  readonly patch: (observed: ObservedSecret, edit: KeyEdit) => Promise<ObservedSecret>;
  /**
   * Sends the edit through the whole admission chain without storing it. Rejects with SECRET_REFUSED if the chain
   * refuses it.
   */
  readonly dryRunPatch: (observed: ObservedSecret, edit: KeyEdit) => Promise<void>;
  /** Gives the fields that lockstep owns back to their owners `before`, if they are known. */
  readonly release: (stored: ObservedSecret, before?: readonly FieldOwner[]) => Promise<void>;
  readonly writeDerived: (
    owner: ObservedSecret,
    data: ReadonlyMap<string, Sensitive>,
    before: ObservedSecret | undefined,
  ) => Promise<void>;
  readonly deleteDerived: (derivedSecret: ObservedSecret) => Promise<void>;
}

/**
 * The records of Secrets. Each function rejects with a LockstepError, and with CLUSTER_CONFLICT if the record has
 * changed since it was read.
 */
export interface RecordPort {
  readonly read: (ref: SecretRef) => Promise<RecordLookup>;
  /** Resolves with the new resourceVersion. An undefined version stands for a new record. */
  readonly write: (ref: SecretRef, record: SecretRecord, version: string | undefined) => Promise<string>;
  readonly delete: (ref: SecretRef, version: string) => Promise<void>;
  /** The Secrets in a namespace that have a record, also deleted ones. */
  readonly namesIn: (namespace: string) => AsyncIterable<string>;
}

/** The workloads that use a Secret. Each function rejects with a LockstepError. */
export interface WorkloadPort {
  /**
   * Executes one step. `rollout` is undefined after all consumers are done. `timeout` is the limit for one consumer, in
   * milliseconds. `awaitsOlderPods`: see `RolloutInput`.
   */
  readonly advanceRollout: (
    secret: Secret,
    rollout: Rollout,
    options: { readonly timeout?: number | undefined; readonly awaitsOlderPods: boolean },
  ) => Promise<RolloutAdvance>;
  /** The highest version that a consumer still has, or 0 if none has one. */
  readonly highestVersion: (ref: SecretRef) => Promise<number>;
  /** The consumers that lack the present data. See `outdatedConsumers`. */
  readonly outdated: (secret: Secret, record: SecretRecord) => Promise<readonly string[]>;
}

/** PostgreSQL servers. Each function rejects with a LockstepError, and has a time limit. */
export interface DatabasePort {
  /** Logs in as an application does. */
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginResult>;
  readonly openServer: (
    target: ServerTarget,
    credential: Credential,
    scope: ServerScope,
  ) => Promise<RoleServerConnection>;
}

/** Redis servers. Each function rejects with a LockstepError, and has a time limit. */
export interface RedisPort {
  /** Logs in as an application does. */
  readonly tryLogin: (target: ServerTarget, credential: Credential) => Promise<LoginResult>;
  readonly openServer: (
    target: ServerTarget,
    credential: Credential,
    scope: ServerScope,
  ) => Promise<UserServer & AsyncDisposable>;
}

export interface Clock {
  /** The time of the API server: the next leader relies on the times in a record. */
  readonly now: () => Date;
  /**
   * Resolves after other work of this process had a turn. A pass over a large Secret takes long, and there are several
   * of them.
   */
  readonly yieldToOthers: () => Promise<unknown>;
}

/** A Secret as it was read. */
export interface ObservedSecret {
  readonly secret: Secret;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The last write of its values, by the API server's clock. */
  readonly written: Pick<ObservedWrite, 'by' | 'time' | 'observedAt'>;
  /** Undefined if it is not known who owns its fields. */
  readonly owners?: readonly FieldOwner[];
}

export interface RolloutAdvance {
  /** The same object if nothing has changed and no write is needed. Undefined if the rollout is finished. */
  readonly rollout: Rollout | undefined;
  /** The delay until the next step in milliseconds. Undefined if the rollout is finished. */
  readonly requeueAfter: number | undefined;
  /** Undefined if there is nothing to report. */
  readonly event?: RolloutEvent | undefined;
}

/** An event of a rollout. `version` is the version that the consumers get. */
export type RolloutEvent = { readonly version: number } & (
  | { readonly kind: 'restarted'; readonly workload: Workload; readonly by: 'lockstep' | 'Reloader' }
  /** Reloader restarts it, and lockstep waits for that. */
  | { readonly kind: 'left'; readonly workload: Workload }
  /** `workloads` is their number. */
  | { readonly kind: 'finished'; readonly workloads: number }
  /** `reason` completes "Deployment/backend …". */
  | { readonly kind: 'stopped' | 'passed' | 'held'; readonly workload: Workload; readonly reason: string }
);

export type RoleServerConnection = RoleServer & AsyncDisposable;

/** The scope of a connection that manages accounts on a server. */
export interface ServerScope extends Pick<LoginLabels, 'server' | 'roleLabel'> {
  readonly as: 'admin' | 'self';
  /** The roles that an administrator's connection may change. */
  readonly mayChange: readonly string[];
}
