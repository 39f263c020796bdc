/**
 * Writes JSON values as llm-d does, whose estimate counts and hashes these texts: object keys in order, and `<`, `>`, `&`
 * and the two line separators escaped.
 */
export function jsonText(value: unknown): string {
  return escaped(JSON.stringify(sorted(value)) ?? 'null');
}

/** The same, but with the keys in the order in which the client wrote them. */
export function jsonTextUnsorted(value: unknown): string {
  return escaped(JSON.stringify(value) ?? 'null');
}

const ESCAPED = /[<>&\u2028\u2029]/g;

/** Outside of strings none of these characters occurs. */
function escaped(json: string): string {
  return json.replace(ESCAPED, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const copy: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) copy[key] = sorted((value as Record<string, unknown>)[key]);
  return copy;
}
