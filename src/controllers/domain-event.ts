import type { ServerCredential, Strategy } from '../engine/login/credential-schema/compile.ts';
import type { LoginResult } from '../engine/login/result/login-result.ts';
import type { CredentialReport } from '../engine/login/status/status.ts';
import type { Finding } from '../engine/secret/finding/finding.ts';
import type { ChangeResult } from '../engine/secret/record/change-result.ts';
import type { ChangeCause, Phase } from '../engine/secret/record/login-record.ts';
import type { OwnChangeReason } from '../engine/secret/record/record.ts';
import type { RecordLookup } from '../engine/secret/record/record-lookup.ts';
import type { SecretRef } from '../engine/secret/secret-ref.ts';
import type { OverdueKey } from '../engine/versions/key-rotation/overdue.ts';
import type { WayOn } from '../engine/versions/rollback/stopped-rollout.ts';
import type { ObservedSecret, RolloutEvent } from './ports.ts';

/**
 * A fact that a reconciler emits. Metrics, Kubernetes Events, the log and the progress of a command subscribe to it. It
 * holds only names, never a value of a Secret.
 */
export type DomainEvent = ReadingEvent | WriteEvent | LoginEvent | OutcomeEvent;

/**
 * Runs a subscriber for each event, in the order of the reconcile. A subscriber never throws. `login` is the one that
 * the event is about.
 */
export type Emit = (event: DomainEvent, login?: ServerCredential) => void;

/** Each subscriber gets each event, in this order. */
export const fanOut =
  (...subscribers: readonly Emit[]): Emit =>
  (event, login) => {
    for (const subscriber of subscribers) subscriber(event, login);
  };

/** A Secret that was read. A Secret that was deleted and created again has another uid. */
export interface SecretIdentity extends SecretRef {
  readonly uid: string;
}

export const identityOf = ({ secret: { namespace, name }, uid }: ObservedSecret): SecretIdentity => ({
  namespace,
  name,
  uid,
});

/** A reading of a Secret and its record. */
type ReadingEvent =
  | { readonly kind: 'secret-observed'; readonly secret: SecretIdentity }
  | { readonly kind: 'secret-deleted'; readonly secret: SecretRef }
  | {
      readonly kind: 'record-read';
      readonly secret: SecretRef;
      readonly lookup: RecordLookup['kind'];
      readonly isRolloutStopped: boolean;
    }
  /** Nothing is changed, because the record can't be read. */
  | { readonly kind: 'record-unreadable'; readonly secret: SecretIdentity; readonly reason: string }
  | {
      readonly kind: 'findings';
      readonly secret: SecretIdentity;
      readonly findings: readonly Finding[];
    }
  /** The Secret has the annotation `lockstep.dev/break-glass`. `writtenAt` is the last write of its values. */
  | { readonly kind: 'break-glass'; readonly secret: SecretIdentity; readonly writtenAt: Date }
  /** The Secret has the annotation `lockstep.dev/copy-of`, and the ServerCredential does not name it. */
  | { readonly kind: 'copy-not-named'; readonly secret: SecretIdentity }
  /** The keys that are older than a policy allows. Usually there are none. */
  | { readonly kind: 'keys-overdue'; readonly secret: SecretIdentity; readonly keys: readonly OverdueKey[] }
  | {
      readonly kind: 'key-skipped';
      readonly secret: SecretIdentity;
      readonly key: string;
      /** Completes "KEY …". */
      readonly reason: string;
    };

/** A write of a Secret, of its record or of a workload. */
type WriteEvent =
  | { readonly kind: 'record-written'; readonly secret: SecretRef; readonly isRolloutStopped: boolean }
  /** The API server has the new values. The record may still hold them as pending. */
  | { readonly kind: 'secret-patched'; readonly secret: SecretIdentity }
  /** The record has the new version. */
  | {
      readonly kind: 'secret-written';
      readonly secret: SecretIdentity;
      readonly why: OwnChangeReason;
      readonly version: number;
      /** A sentence about the keys. */
      readonly note: string;
    }
  | {
      readonly kind: 'derived-secret-written';
      /** The owner. */
      readonly secret: SecretIdentity;
      readonly derivedName: string;
      readonly keys: readonly string[];
      readonly versions: { readonly owner: string; readonly before: string | undefined };
    }
  | { readonly kind: 'derived-secret-failed'; readonly secret: SecretIdentity; readonly reason: string }
  | {
      readonly kind: 'rollout-advanced';
      readonly secret: SecretIdentity;
      readonly step: RolloutEvent;
      /** If the rollout stops here, the way on. */
      readonly wayOn: WayOn;
    };

/** An attempt of a login, or a step of a password change. */
type LoginEvent =
  | { readonly kind: 'login-tried'; readonly secret: SecretRef; readonly result: LoginResult['kind'] }
  | { readonly kind: 'password-set'; readonly secret: SecretRef; readonly change: ChangeSummary }
  /** A restart of the server brings the password from before back. */
  | { readonly kind: 'password-not-saved'; readonly secret: SecretIdentity; readonly id: string }
  | {
      readonly kind: 'change-finished';
      readonly secret: SecretRef;
      readonly cause: ChangeCause;
      readonly result: ChangeResult;
    }
  | {
      readonly kind: 'change-started';
      readonly secret: SecretIdentity;
      readonly id: string;
      readonly cause: ChangeCause;
    }
  | {
      readonly kind: 'change-completed';
      readonly secret: SecretIdentity;
      readonly id: string;
      /** The consumers that lack the password. Undefined if lockstep restarts none, or can't read them. */
      readonly outdated?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'change-rolled-back';
      readonly secret: SecretIdentity;
      readonly id: string;
      readonly fault: string;
    }
  | {
      readonly kind: 'change-refused';
      readonly secret: SecretIdentity;
      /** The id of the change, or the time of the refusal if no change was in progress. */
      readonly id: string;
      readonly reason: string;
    }
  /** The Secret was edited too often within a minute, so the last edit waits. */
  | { readonly kind: 'change-delayed'; readonly secret: SecretIdentity }
  /** The ServerCredential was deleted, and disappeared before the change ended. */
  | {
      readonly kind: 'change-abandoned';
      readonly secret: SecretIdentity;
      readonly id: string;
      readonly phase: Phase;
    }
  | {
      readonly kind: 'login-diverged';
      readonly secret: SecretIdentity;
      readonly since: Date;
      readonly reason: string;
    }
  /** Secret and server agree again. */
  | { readonly kind: 'login-synced'; readonly secret: SecretIdentity; readonly divergedSince: Date }
  | {
      readonly kind: 'credential-status';
      readonly credential: ServerCredential;
      readonly report: CredentialReport;
    };

/** The end of a reconcile, and the reaction of the process to it. */
type OutcomeEvent =
  /** Another client reverts each write. The uid of a derived Secret is not known. */
  | { readonly kind: 'suspended'; readonly secret: SecretIdentity | SecretRef }
  | { readonly kind: 'resumed'; readonly secret: SecretRef }
  | {
      readonly kind: 'reconcile-finished';
      readonly secret: SecretRef;
      readonly outcome: ReconcileOutcome;
      readonly milliseconds: number;
    }
  /** A person must grant a right, or fix a quota or a webhook. */
  | { readonly kind: 'reconcile-forbidden'; readonly secret: SecretIdentity; readonly reason: string }
  /** The work queue reconciles the Secret again, with backoff. */
  | { readonly kind: 'reconcile-failed'; readonly secret: SecretRef; readonly error: unknown };

/**
 * The outcome of one reconcile. `requeue` means that it runs again automatically. `forbidden` means that a right or a
 * quota prevents it.
 */
export type ReconcileOutcome = 'done' | 'requeue' | 'conflict' | 'forbidden' | 'error';

/** A password change in progress, without its passwords. */
export interface ChangeSummary {
  readonly cause: ChangeCause;
  readonly strategy: Strategy;
  readonly isRollingBack: boolean;
}
