/** What is heard of a Secret, or of the record of one. */
export interface Head {
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

export function placeOf(key: SecretKey): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf('/');
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Which Secrets there are, and in which version each was looked at last, so that one's own writes are no news. */
export interface SecretIndex {
  /** Tells those that are news, and those that are gone. Resolves when it has: of very many it takes turns with others. */
  readonly replaced: (heads: readonly Head[]) => Promise<void>;
  readonly changed: (head: Head) => void;
  readonly removed: (head: Head) => void;
  /** This version of a Secret, or of a record, has been seen or written. */
  readonly seen: (key: SecretKey, resourceVersion: string) => void;
  /** Writes it, and has seen what comes of that, which the watch may tell before the answer does. `write` resolves with the new version. */
  readonly writing: (key: SecretKey, write: () => Promise<string>) => Promise<string>;
  /** The version that was seen last; empty where none was, undefined where nobody has heard of it. */
  readonly known: (key: SecretKey) => string | undefined;
  readonly size: () => number;
}

/** Between two turns of the event loop. */
const SLICE = 500;

/** `news`: something is to be looked at: a Secret, or the one that a record is of. `turn` resolves when others in this process have had theirs. */
export function secretIndex(
  news: (key: SecretKey) => void,
  turn = (): Promise<unknown> => Promise.resolve(),
): SecretIndex {
  /** Versions; an empty one is of a Secret that was heard of and not looked at yet. */
  let versions = new Map<SecretKey, string>();
  /** Those that are being written, with what was last told of them meanwhile. */
  const unanswered = new Map<SecretKey, Head | undefined>();

  function hear(head: Head, known: string | undefined): void {
    if (known !== head.resourceVersion) news(subjectOf(head));
  }

  return {
    replaced: async (heads) => {
      const before = versions;
      versions = new Map();
      for (const [at, head] of heads.entries()) {
        const key = keyOf(head);
        // It may have been seen in one of the turns between.
        const known = versions.get(key) ?? before.get(key);
        versions.set(key, known === head.resourceVersion ? known : '');
        before.delete(key);
        hear(head, known);
        if (at % SLICE === SLICE - 1) await turn();
      }
      for (const key of before.keys()) news(key);
    },
    changed: (head) => {
      const key = keyOf(head);
      // An earlier version, told late.
      if (isBefore(head.resourceVersion, versions.get(key))) return;
      if (unanswered.has(key)) {
        unanswered.set(key, head);
        return;
      }
      const known = versions.get(key);
      if (known === undefined) versions.set(key, '');
      hear(head, known);
    },
    removed: (head) => {
      versions.delete(keyOf(head));
      news(subjectOf(head));
    },
    seen: (key, resourceVersion) => {
      versions.set(key, resourceVersion);
    },
    writing: async (key, write) => {
      unanswered.set(key, undefined);
      try {
        const version = await write();
        versions.set(key, version);
        return version;
      } finally {
        const told = unanswered.get(key);
        unanswered.delete(key);
        const known = versions.get(key);
        if (told !== undefined && !isBefore(told.resourceVersion, known)) hear(told, known);
      }
    },
    known: (key) => versions.get(key),
    size: () => versions.size,
  };
}

/** Of one object the API server counts up (KEP-5504). */
const isBefore = (one: string, other = ''): boolean =>
  one.length === other.length ? one < other : one.length < other.length;

const subjectOf = (head: Head): SecretKey =>
  head.recordOf === undefined ? keyOf(head) : keyOf({ ...head, name: head.recordOf });
