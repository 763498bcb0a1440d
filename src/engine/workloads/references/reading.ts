export type Source = 'Secret' | 'ConfigMap';

/** One place in an object that reads a Secret or a ConfigMap. */
export interface Reading {
  readonly source: Source;
  /** Undefined if the source is in the namespace of the object. */
  readonly namespace?: string | undefined;
  readonly name: string;
  /** Undefined if all keys are read. */
  readonly key: string | undefined;
  readonly as: ReadAs;
  /** `web: DATABASE_URL` for a container and its variable, `web: /etc/tls` for a mount. Empty for the object itself. */
  readonly place: string;
  /** Read once at the start of a container, so that a new value arrives only with a new pod. */
  readonly needsRestart: boolean;
}

export type ReadAs =
  | 'env'
  | 'envFrom'
  | 'volume'
  | 'projected volume'
  | 'subPath'
  | 'unmounted volume'
  | 'volume driver'
  | 'image pull'
  | 'ServiceAccount'
  | 'Ingress TLS'
  | 'Ingress annotation'
  | 'Gateway TLS'
  | 'PersistentVolume'
  | 'StorageClass'
  | 'PostgresCredential'
  | 'RedisCredential';
