import type { Action, RuleId } from '../engine/secret/finding/finding.ts';

/** The contract of `lockstep check --format json`, with columns. Every other format is made from it. */
export interface CheckReport {
  readonly secrets: readonly CheckedSecret[];
  /** Objects other than Secrets, with their findings: one that reads a Secret that is missing. */
  readonly objects: readonly CheckedObject[];
  readonly errors: readonly CheckError[];
  readonly hints: readonly CheckHint[];
  /** The number of files that were looked at, without those that a hint names as left out. Undefined: not counted. */
  readonly files?: number;
  /** Only with a baseline. */
  readonly baseline?: BaselineReport;
}

/** A finding that a person has accepted: it does not fail the check. The cluster does not know of it. */
export interface Suppression {
  /** A comment in the manifest, or the baseline. */
  readonly kind: 'inSource' | 'external';
  /** Undefined for an entry of the baseline without a reason. */
  readonly reason: string | undefined;
}

export interface BaselineReport {
  readonly file: string;
  /** Entries without a finding in this run. */
  readonly obsolete: readonly BaselineEntry[];
}

/** Names only: a baseline holds no value, and no hash of one. */
export interface BaselineEntry {
  /** The path of the manifest, relative to the folder of the baseline. */
  readonly file: string;
  /** Undefined for a Secret. */
  readonly kind: string | undefined;
  readonly ref: string;
  readonly key: string;
  readonly rule: string;
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
    | 'special'
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
  /** The file may hold a Secret, which nothing checks. */
  readonly isUnread?: true;
}

/** `fix`: allowed once lockstep's own changes are applied. `skip`: ciphertext, or exempt. */
export type CheckVerdict = 'allow' | 'fix' | 'deny' | 'skip';

export interface CheckedSecret {
  readonly ref: string;
  readonly file: string;
  readonly line: number;
  /** It follows from the findings that nobody has accepted. */
  readonly verdict: CheckVerdict;
  /** The verdict without the findings that refuse. Undefined: `allow`. */
  readonly verdictOtherwise?: CheckVerdict;
  /** The reason why it was not validated. A Secret that no policy matches is allowed, and has one too. */
  readonly skipReason?: string;
  readonly findings: readonly CheckFinding[];
  /** The findings that a person has accepted. */
  readonly suppressed?: readonly SuppressedFinding[];
  readonly changes: readonly CheckChange[];
}

/**
 * An object other than a Secret, such as a Deployment. It has at least one finding. The kind `File` is for a comment
 * outside of a Secret.
 */
export interface CheckedObject {
  readonly kind: string;
  readonly ref: string;
  readonly file: string;
  readonly line: number;
  readonly findings: readonly CheckFinding[];
  readonly suppressed?: readonly SuppressedFinding[];
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
  /** The end of the fix, if it is a command for all such keys of the file. */
  readonly command?: string;
  readonly line: number;
  readonly column: number;
  /** The fault is not of this object alone. */
  readonly shared?: SharedFault;
  /** The other places with the same fault, if the report has it once for all. */
  readonly also?: readonly OtherPlace[];
}

/** A fault that several objects show, such as a missing Secret. */
export interface SharedFault {
  /** Findings of one rule with the same ID are one fault. */
  readonly id: string;
  /** The message for all of them. `repetitions`: how often the same object shows the fault again. */
  readonly messageWith: (others: readonly OtherPlace[], repetitions: number) => string;
}

export interface OtherPlace {
  /** `Secret`, `Deployment` */
  readonly kind: string;
  readonly ref: string;
  readonly file: string;
  readonly line: number;
}

export interface SuppressedFinding extends CheckFinding {
  readonly suppression: Suppression;
}

export interface CheckChange {
  readonly key: string;
  readonly reason: RuleId | 'derived';
  /** `password now follows POSTGRES_PASSWORD`, as kubectl prints it. */
  readonly effect: string;
  readonly line: number;
  readonly column: number;
  /** A person has accepted that lockstep corrects the value: `--strict` does not fail. */
  readonly suppression?: Suppression;
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
