/** A deep copy that cannot be changed: whoever writes to it gets an error. Sets and typed arrays are left as they are. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (value instanceof Set) {
    const copy = new Set(value);
    for (const change of ['add', 'delete', 'clear'] as const) {
      Object.defineProperty(copy, change, {
        value: () => {
          throw new TypeError(`${change}() was called on a set that belongs to others`);
        },
      });
    }
    return copy as T;
  }
  const copy: unknown = Array.isArray(value)
    ? value.map(frozen)
    : Object.fromEntries(Object.entries(value).map(([key, part]) => [key, frozen(part)]));
  return Object.freeze(copy) as T;
}
