import type { Sensitive } from './sensitive.ts';

/**
 * The limit in bytes for all values of one Secret (MaxSecretSize of Kubernetes). The API server checks it after
 * mutation.
 */
export const MAX_SECRET_BYTES = 1024 * 1024;

/** A Secret as the engine sees it: only the facts that decide. `stringData` is merged before. */
export interface Secret {
  /** Empty under `generateName`. */
  readonly name: string;
  readonly generateName: string;
  readonly namespace: string;
  readonly type: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** The controller among its ownerReferences, as `Kind/name`. */
  readonly controller: string | undefined;
  readonly immutable: boolean;
  /** `deletionTimestamp` is set. */
  readonly deleting: boolean;
  readonly data: ReadonlyMap<string, Sensitive>;
  /**
   * Keys whose value in a manifest can't be decoded: `data` has the text as it is written. Nothing is derived from it.
   * Absent for a Secret of the API server.
   */
  readonly undecoded?: ReadonlySet<string>;
}

/** An empty Secret but for these fields. */
export const plainSecret = (fields: Partial<Secret> & Pick<Secret, 'name' | 'namespace'>): Secret => ({
  generateName: '',
  type: 'Opaque',
  labels: new Map(),
  annotations: new Map(),
  controller: undefined,
  immutable: false,
  deleting: false,
  data: new Map(),
  ...fields,
});

/** The input of the engine: one write of one Secret. */
export interface Request {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly secret: Secret;
  /** The stored Secret. Undefined on CREATE. */
  readonly old: Secret | undefined;
  /** The values of earlier versions, if the caller knows them. They show under which name a URL knows an account. */
  readonly earlierData?: readonly ReadonlyMap<string, Sensitive>[];
  /** The writer, as the API server names it. Undefined for a manifest that is not yet applied. */
  readonly username: string | undefined;
  /** The name under which the client of the write is recorded. Undefined if it gives none. */
  readonly fieldManager?: string | undefined;
  /** Labels of the namespace. Undefined if they were not read from a cluster. */
  readonly namespaceLabels?: ReadonlyMap<string, string> | undefined;
}

/** Under `generateName` the API server appends five characters, after the mutating webhooks. */
export const nameOf = ({ name, generateName }: Secret): string =>
  name === '' ? `${generateName}xxxxx` : name;

/** The API server sets this label on every namespace, so it can't be forged. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceLabelsOf = ({ secret, namespaceLabels }: Request): ReadonlyMap<string, string> =>
  namespaceLabels ?? new Map([[NAMESPACE_NAME_LABEL, secret.namespace]]);
