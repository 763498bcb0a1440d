/** How many there are is told each time that it changes. */
export function countedSet(tell: (count: number) => void) {
  const keys = new Set<string>();
  const put = (key: string, isIn: boolean): void => {
    if (keys.has(key) === isIn) return;
    if (isIn) keys.add(key);
    else keys.delete(key);
    tell(keys.size);
  };
  return { put, delete: (key: string) => put(key, false) };
}
