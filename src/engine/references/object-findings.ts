import type { Finding } from '../finding/finding.ts';

/** A finding about an object other than a Secret. It is a warning. */
export interface ObjectFinding extends Pick<Finding, 'message' | 'fix'> {
  readonly rule: 'missing-reference';
  /** The key or the variable that the finding is about. Empty if there is none. */
  readonly key: string;
}

/** An object other than a Secret, with at least one finding. */
export interface ObjectWithFindings {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly findings: readonly ObjectFinding[];
}
