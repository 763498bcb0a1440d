import type { Action, RuleId } from '../engine/finding/finding.ts';

/** The contract of `lockstep check --format json`, with columns. Every other format is made from it. */
export interface CheckReport {
  readonly secrets: readonly CheckedSecret[];
  /** Objects other than Secrets, with their findings: one that reads a Secret that is missing. */
  readonly objects: readonly CheckedObject[];
  readonly errors: readonly CheckError[];
  /** For people; not part of the JSON contract. */
  readonly hints: readonly CheckHint[];
}

/** The reason why a file, or a part of one, was not validated. */
export interface CheckHint {
  /** For `unmatched-exclude` the glob. */
  readonly file: string;
  readonly kind:
    | 'kustomization'
    | 'chart'
    | 'external-secret'
    | 'no-manifest'
    | 'example'
    | 'ignored-rest'
    | 'unmatched-exclude'
    | 'made-secret'
    | 'other-namespace';
  /**
   * The folder for the command in the hint. For `made-secret` the Secret and its maker. For `other-namespace` the
   * Secret, its namespace and one reader.
   */
  readonly target?: string;
  readonly line?: number;
}

/** `fix`: allowed once lockstep's own changes are applied. `skip`: ciphertext, or exempt. */
export type CheckVerdict = 'allow' | 'fix' | 'deny' | 'skip';

export interface CheckedSecret {
  readonly ref: string;
  readonly file: string;
  readonly line: number;
  readonly verdict: CheckVerdict;
  /** The reason why it was not validated. A Secret that no policy matches is allowed, and has one too. */
  readonly skipReason?: string;
  readonly findings: readonly CheckFinding[];
  readonly changes: readonly CheckChange[];
}

/** An object other than a Secret, such as a Deployment. It has at least one finding. */
export interface CheckedObject {
  readonly kind: string;
  readonly ref: string;
  readonly file: string;
  readonly line: number;
  readonly findings: readonly CheckFinding[];
}

export interface CheckFinding {
  /** The ID of a rule of the engine, of the manifest's structure, or of the cross-Secret check. */
  readonly rule: string;
  readonly key: string;
  readonly action: Action;
  /** The policy that asked. Undefined for a rule of the API server or of the command itself. */
  readonly policy?: string;
  readonly message: string;
  readonly fix: string;
  readonly line: number;
  readonly column: number;
}

export interface CheckChange {
  readonly key: string;
  readonly reason: RuleId | 'derived';
  readonly line: number;
  readonly column: number;
}

export interface CheckError {
  readonly file: string;
  readonly line: number | undefined;
  /** Only for a fault of one field. */
  readonly column?: number;
  readonly message: string;
  /** The check that failed. Absent: the file could not be read. */
  readonly rule?: 'login' | undefined;
}
