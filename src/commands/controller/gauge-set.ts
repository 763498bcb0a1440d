/** A set that sets a gauge to its size at each change. */
export function gaugeSet(setGauge: (count: number) => void) {
  const keys = new Set<string>();
  const set = (key: string, isMember: boolean): void => {
    if (keys.has(key) === isMember) return;
    if (isMember) keys.add(key);
    else keys.delete(key);
    setGauge(keys.size);
  };
  return { put: set, delete: (key: string) => set(key, false) };
}
