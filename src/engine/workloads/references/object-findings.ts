import type { Finding } from '../../secret/finding/finding.ts';

/** A finding about an object other than a Secret. It is a warning. */
export interface ObjectFinding extends Pick<Finding, 'message' | 'fix'> {
  readonly rule: 'missing-reference' | 'plain-text-password' | 'unescaped-expansion';
  /** The key or the variable that the finding is about. Empty if there is none. */
  readonly key: string;
}

export interface OffsetFinding extends ObjectFinding {
  /** Offset in the file of the object. 0 for an object of the API server. */
  readonly offset: number;
}

/** An object other than a Secret, with at least one finding. */
export interface ObjectWithFindings {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly findings: readonly ObjectFinding[];
}
