import type { Sensitive } from './sensitive.ts';

/** What the values of one Secret may be together (MaxSecretSize of Kubernetes); the API server refuses more, after mutation. Bytes. */
export const MAX_SECRET_BYTES = 1024 * 1024;

/** A Secret as the engine sees it: what decides, and nothing else. `stringData` is merged before it gets here. */
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
}

/** What is asked of the engine: one write of one Secret. */
export interface Request {
  readonly operation: 'CREATE' | 'UPDATE';
  readonly secret: Secret;
  /** What is stored now; absent on CREATE. */
  readonly old: Secret | undefined;
  /** Who writes, as the API server names them; undefined for a manifest that nobody has applied yet. */
  readonly username: string | undefined;
  /** Labels of the namespace; left out where no cluster has told them. */
  readonly namespaceLabels?: ReadonlyMap<string, string> | undefined;
}

/** Under `generateName` the API server appends five characters, after the mutating webhooks. */
export const nameOf = ({ name, generateName }: Secret): string =>
  name === '' ? `${generateName}xxxxx` : name;

/** The one label that every namespace has, and that nobody can forge: the API server sets it. */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaceLabelsOf = ({ secret, namespaceLabels }: Request): ReadonlyMap<string, string> =>
  namespaceLabels ?? new Map([[NAMESPACE_NAME_LABEL, secret.namespace]]);
