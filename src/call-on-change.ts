/**
 * Calls the listener with a value only if its key differs from the key of the value before. `initial` is the key before
 * the first value.
 */
export function callOnChange<Value>(
  listener: (value: Value) => void,
  keyOf: (value: Value) => unknown = (value) => value,
  initial?: unknown,
): (value: Value) => void {
  let last = initial;
  return (value) => {
    const key = keyOf(value);
    if (key === last) return;
    last = key;
    listener(value);
  };
}
