import type { ObservedWrite } from '../../engine/record/record-observation.ts';
import type { EventReason } from '../../engine/secret/event-reasons.ts';
import type { Secret } from '../../engine/secret/secret.ts';

export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}

/** A Secret as it was read. */
export interface ObservedSecret {
  readonly secret: Secret;
  readonly uid: string;
  readonly resourceVersion: string;
  /** The last write of its values, by the API server's clock. */
  readonly written: Pick<ObservedWrite, 'by' | 'time' | 'observedAt'>;
}

/** An Event for a Secret. It contains names only. */
export interface SecretEventData {
  readonly reason: EventReason;
  readonly note: string;
  /** Equal identities are reported once. */
  readonly identity: string;
}
