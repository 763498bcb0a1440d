/** What is heard of a Secret, or of the record of one. */
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

/** Which Secrets there are, and in which version each was looked at last, so that one's own writes are no news. */
export interface VersionIndex {
  /** Tells those that are news, and those that are gone. Resolves when it has: of very many it takes turns with others. */
  readonly replaced: (heads: readonly WatchedMetadata[]) => Promise<void>;
  readonly changed: (head: WatchedMetadata) => void;
  readonly removed: (head: WatchedMetadata) => void;
  /** This version of a Secret, or of a record, has been seen or written. */
  readonly markSeen: (key: SecretKey, resourceVersion: string) => void;
  /** Writes it, and has seen what comes of that, which the watch may tell before the answer does. `write` resolves with the new version. */
  readonly trackWrite: (key: SecretKey, write: () => Promise<string>) => Promise<string>;
  /** The version that was seen last; empty where none was, undefined where nobody has heard of it. */
  readonly versionOf: (key: SecretKey) => string | undefined;
  readonly size: () => number;
}

/** Between two turns of the event loop. */
const BATCH_SIZE = 500;

/** `news`: something is to be looked at: a Secret, or the one that a record is of. `turn` resolves when others in this process have had theirs. */
export function versionIndex(
  onChange: (key: SecretKey) => void,
  yieldToOthers = (): Promise<unknown> => Promise.resolve(),
): VersionIndex {
  /** Versions; an empty one is of a Secret that was heard of and not looked at yet. */
  let versions = new Map<SecretKey, string>();
  /** Those that are being written, with what was last told of them meanwhile. */
  const pendingWrites = new Map<SecretKey, WatchedMetadata | undefined>();

  function notifyIfNewer(head: WatchedMetadata, version: string | undefined): void {
    if (version !== head.resourceVersion) onChange(subjectKeyOf(head));
  }

  return {
    replaced: async (heads) => {
      const before = versions;
      versions = new Map();
      for (const [at, head] of heads.entries()) {
        const key = keyOf(head);
        // It may have been seen in one of the turns between.
        const version = versions.get(key) ?? before.get(key);
        versions.set(key, version === head.resourceVersion ? version : '');
        before.delete(key);
        notifyIfNewer(head, version);
        if (at % BATCH_SIZE === BATCH_SIZE - 1) await yieldToOthers();
      }
      for (const key of before.keys()) onChange(key);
    },
    changed: (head) => {
      const key = keyOf(head);
      // An earlier version, told late.
      if (isBefore(head.resourceVersion, versions.get(key))) return;
      if (pendingWrites.has(key)) {
        pendingWrites.set(key, head);
        return;
      }
      const version = versions.get(key);
      if (version === undefined) versions.set(key, '');
      notifyIfNewer(head, version);
    },
    removed: (head) => {
      versions.delete(keyOf(head));
      onChange(subjectKeyOf(head));
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
    size: () => versions.size,
  };
}

/** Of one object the API server counts up (KEP-5504). */
const isBefore = (one: string, other = ''): boolean =>
  one.length === other.length ? one < other : one.length < other.length;

const subjectKeyOf = (head: WatchedMetadata): SecretKey =>
  head.recordOf === undefined ? keyOf(head) : keyOf({ ...head, name: head.recordOf });
