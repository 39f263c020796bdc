const MAX_ITEMS = 1_000;

/**
 * JSON of anything: plugins may write what JSON does not know. Sets and typed arrays become lists, maps become objects,
 * big integers text; what refers to itself is named as such.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, plain) ?? 'null';
  } catch {
    return JSON.stringify(withoutCycles(value, []), plain) ?? 'null';
  }
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Set) return [...value].slice(0, MAX_ITEMS);
  if (value instanceof Map) return Object.fromEntries([...value].slice(0, MAX_ITEMS).map(([k, v]) => [String(k), v]));
  if (value instanceof Error) return value.message;
  if (ArrayBuffer.isView(value) && 'length' in value) return Array.from(value as Uint8Array).slice(0, MAX_ITEMS);
  return value;
}

function withoutCycles(value: unknown, above: readonly unknown[]): unknown {
  const simple = plain('', value);
  if (typeof simple !== 'object' || simple === null) return simple;
  if (above.includes(value) || above.length > 32) return '(refers to itself)';
  const path = [...above, value];
  if (Array.isArray(simple)) return simple.map((item) => withoutCycles(item, path));
  return Object.fromEntries(Object.entries(simple).map(([key, item]) => [key, withoutCycles(item, path)]));
}
