import type { SecretRecord } from './record.ts';

/** The result of reading the record of a Secret. */
export type RecordLookup =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly record: SecretRecord; readonly resourceVersion: string }
  /**
   * The record exists, and can't be understood. lockstep never overwrites it: it may hold the only key to a database.
   * `reason` completes a sentence: "it has no index". It quotes nothing.
   */
  | { readonly kind: 'unreadable'; readonly reason: string };
