import type { Secret } from '../../engine/secret/secret.ts';

/** A position in a file. Lines and columns count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A fault in the structure of a manifest: the API server would refuse it, or kubectl silently drops something. */
export type StructureRule =
  | 'invalid-base64'
  | 'not-a-string'
  | 'unknown-field'
  | 'unknown-kind'
  | 'missing-name'
  | 'invalid-metadata'
  | 'typed-secret'
  | 'too-large'
  | 'invalid-key'
  | 'duplicate-key'
  | 'coerced-key'
  | 'dropped-value'
  | 'unrendered-template';

export interface StructureFault {
  readonly rule: StructureRule;
  /** The key of the Secret or the field. Empty for the whole document. */
  readonly key: string;
  /**
   * True: kubectl or the API server refuses it. False: kubectl accepts it, and stores something other than what is
   * written.
   */
  readonly refused: boolean;
  readonly message: string;
  readonly fix: string;
  readonly place: SourcePosition;
}

/** The reason why a Secret is not validated: it is ciphertext, or a patch that deletes a Secret. */
export type SkipReason = 'sops' | 'sealed-secret' | 'deleting-patch';

/** One Secret of a manifest, as kubectl would send it, with the position of each part. */
export interface ManifestSecret {
  readonly secret: Secret;
  /** `namespace/name`. The namespace is `default` if none is written or given. A `generateName` is shown as `name*`. */
  readonly ref: string;
  readonly place: SourcePosition;
  /** The position of the key, under `stringData` if both maps hold it. A missing key has the position of the Secret. */
  readonly placeOf: (key: string) => SourcePosition;
  /** The value of the key stands under `data` alone, where text must be base64. */
  readonly isUnderData: (key: string) => boolean;
  /** The keys, and the fields such as `metadata.name`, whose text consists of variables of Flux. */
  readonly fluxVariables: () => ReadonlySet<string>;
  readonly faults: readonly StructureFault[];
  readonly skipped: SkipReason | undefined;
}

/** A file that could not be read. The command validates the rest and then exits with 2. */
export interface ReadError {
  readonly file: string;
  /** Undefined if the file could not be opened. */
  readonly line: number | undefined;
  /** Only for a fault of one field. */
  readonly column?: number;
  readonly message: string;
}

/** The reason why a file, or a part of one, was not validated, and no fault. */
export type HintKind =
  | 'kustomization'
  | 'chart'
  | 'external-secret'
  /** No valid YAML, and nothing in it could be a Secret. */
  | 'no-manifest'
  /** Its name says that it is an example. */
  | 'example'
  /** A pipe, a device or a socket, or a link to one. */
  | 'special'
  /** kubectl ignores the rest of the file. */
  | 'ignored-rest';

/** A hint for the user about a file. */
export interface Hint {
  readonly file: string;
  readonly kind: HintKind;
  /** The folder of the kustomization or of the chart, for the command that renders it. */
  readonly target?: string;
  /** The line of the fault, or the first line that is ignored. */
  readonly line?: number;
  /** The file may hold a Secret, which nothing checks. */
  readonly isUnread?: true;
}
