/** The most recent entries by key, at most `limit`. The entry that was set first is dropped first. */
export interface BoundedMap<Value> {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => void;
  readonly delete: (key: string) => void;
}

/**
 * The longest `namespace/name/key` that the API server allows. A caller that is not the API server may send names of
 * megabytes.
 */
const MAX_KEY_LENGTH = 63 + 253 + 253 + 2;

export function boundedMap<Value>(limit: number): BoundedMap<Value> {
  const entries = new Map<string, Value>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      if (key.length > MAX_KEY_LENGTH) return;
      entries.delete(key);
      entries.set(key, value);
      if (entries.size <= limit) return;
      const [oldest] = entries.keys();
      if (oldest !== undefined) entries.delete(oldest);
    },
    delete: (key) => {
      entries.delete(key);
    },
  };
}
