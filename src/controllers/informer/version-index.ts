/** The metadata that the watch reports about a Secret or its record. */
export interface WatchedMetadata {
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly recordOf: string | undefined;
}

/** `namespace/name`. */
export type SecretKey = string;

export const keyOf = ({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}): SecretKey => `${namespace}/${name}`;

export function refOf(key: SecretKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/**
 * The existing Secrets, and the last seen version of each. A watch event for lockstep's own write is therefore no
 * change.
 */
export interface VersionIndex {
  /**
   * Replaces the list. Calls `onChange` for changed and for deleted Secrets. Resolves after the last one, and yields in
   * between.
   */
  readonly replaced: (items: readonly WatchedMetadata[]) => Promise<void>;
  readonly changed: (item: WatchedMetadata) => void;
  readonly removed: (item: WatchedMetadata) => void;
  /** This version of a Secret or record was read or written. */
  readonly markSeen: (key: SecretKey, resourceVersion: string) => void;
  /**
   * Runs a write, and marks its result as seen. The watch may report the write before its answer arrives. `write`
   * resolves with the new version.
   */
  readonly trackWrite: (key: SecretKey, write: () => Promise<string>) => Promise<string>;
  /** The last seen version. Empty if the Secret was not read yet, and undefined if it is unknown. */
  readonly versionOf: (key: SecretKey) => string | undefined;
  /** The names of the Secrets and of the records in a namespace. */
  readonly namesIn: (namespace: string) => Iterable<string>;
  readonly size: () => number;
}

/** The number of entries between two turns of the event loop. */
const BATCH_SIZE = 500;

/**
 * `onChange` gets a changed Secret, or the Secret of a changed record. `yieldToOthers` resolves after other work of
 * this process had a turn.
 */
export function versionIndex(
  onChange: (key: SecretKey) => void,
  yieldToOthers = (): Promise<unknown> => Promise.resolve(),
): VersionIndex {
  /** The last seen versions. An empty version belongs to a Secret that is known, and was not read yet. */
  let versions = new Map<SecretKey, string>();
  /** The writes in progress, with the last watch event that arrived during each. */
  const pendingWrites = new Map<SecretKey, WatchedMetadata | undefined>();

  function notifyIfNewer(item: WatchedMetadata, version: string | undefined): void {
    if (version !== item.resourceVersion) onChange(subjectKeyOf(item));
  }

  return {
    replaced: async (items) => {
      const before = versions;
      versions = new Map();
      for (const [at, item] of items.entries()) {
        const key = keyOf(item);
        // The Secret may have been read while this loop yielded.
        const version = versions.get(key) ?? before.get(key);
        versions.set(key, version === item.resourceVersion ? version : '');
        before.delete(key);
        notifyIfNewer(item, version);
        if (at % BATCH_SIZE === BATCH_SIZE - 1) await yieldToOthers();
      }
      for (const key of before.keys()) onChange(key);
    },
    changed: (item) => {
      const key = keyOf(item);
      // A late event with an earlier version.
      if (isBefore(item.resourceVersion, versions.get(key))) return;
      if (pendingWrites.has(key)) {
        pendingWrites.set(key, item);
        return;
      }
      const version = versions.get(key);
      if (version === undefined) versions.set(key, '');
      notifyIfNewer(item, version);
    },
    removed: (item) => {
      versions.delete(keyOf(item));
      onChange(subjectKeyOf(item));
    },
    markSeen: (key, resourceVersion) => {
      versions.set(key, resourceVersion);
    },
    trackWrite: async (key, write) => {
      pendingWrites.set(key, undefined);
      try {
        const version = await write();
        versions.set(key, version);
        return version;
      } finally {
        const lastReported = pendingWrites.get(key);
        pendingWrites.delete(key);
        const version = versions.get(key);
        if (lastReported !== undefined && !isBefore(lastReported.resourceVersion, version))
          notifyIfNewer(lastReported, version);
      }
    },
    versionOf: (key) => versions.get(key),
    *namesIn(namespace) {
      const prefix = keyOf({ namespace, name: '' });
      for (const key of versions.keys()) if (key.startsWith(prefix)) yield key.slice(prefix.length);
    },
    size: () => versions.size,
  };
}

/** The API server increases the version of an object with each write (KEP-5504). */
const isBefore = (one: string, other = ''): boolean =>
  one.length === other.length ? one < other : one.length < other.length;

const subjectKeyOf = (item: WatchedMetadata): SecretKey =>
  item.recordOf === undefined ? keyOf(item) : keyOf({ ...item, name: item.recordOf });
