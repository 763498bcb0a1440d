import type { Secret } from '../../engine/secret/secret.ts';

/** Where something stands. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A fault of the manifest's form: what the API server would refuse, and what kubectl silently swallows. */
export type StructureRule =
  | 'invalid-base64'
  | 'not-a-string'
  | 'unknown-field'
  | 'unknown-kind'
  | 'missing-name'
  | 'invalid-key'
  | 'duplicate-key'
  | 'coerced-key'
  | 'dropped-value';

export interface StructureFault {
  readonly rule: StructureRule;
  /** The key of the Secret, or the field, that is meant; empty where it is the whole document. */
  readonly key: string;
  /** kubectl or the API server refuses it. Else kubectl takes it, and something other than what is written is stored. */
  readonly refused: boolean;
  readonly message: string;
  readonly fix: string;
  readonly place: SourcePosition;
}

/** Why a Secret is not judged: it is ciphertext. */
export type SkipReason = 'sops' | 'sealed-secret';

/** One Secret of a manifest, as kubectl would send it, with the place of everything in it. */
export interface ManifestSecret {
  readonly secret: Secret;
  /** `namespace/name`: namespace `default` where none is written or given, `generateName` as `name*`. */
  readonly ref: string;
  readonly place: SourcePosition;
  /** Where the key stands, under `stringData` if both hold it; the Secret's own place for a key that it lacks. */
  readonly placeOf: (key: string) => SourcePosition;
  readonly faults: readonly StructureFault[];
  readonly skipped: SkipReason | undefined;
}

/** What could not be read at all: the command ends with 2, after judging the rest. */
export interface ReadError {
  readonly file: string;
  /** Undefined where the file could not be opened. */
  readonly line: number | undefined;
  readonly message: string;
}

/** Something a person should know who gave this path: "is a kustomization: kubectl kustomize … | lockstep check -". */
export interface Hint {
  readonly file: string;
  readonly message: string;
}
