/** How strictly two JSON values are compared. Paths are written `body.choices[].text`. */
export interface Leniency {
  /** Only presence and type count. */
  readonly varies: readonly string[];
  /** May be absent. */
  readonly maybeAbsent: readonly string[];
  /** Only the text before the first colon or comma counts. */
  readonly wording: readonly string[];
  /** May be there although it was not recorded. */
  readonly extra: (path: string) => boolean;
}

/** What differs, one line for each place. */
export function compareJson(actual: unknown, expected: unknown, path: string, leniency: Leniency): string[] {
  const place = path.replace(/\[\d+\]/g, '[]');
  if (leniency.varies.includes(place)) return typeof actual === typeof expected ? [] : [`${path}: another type`];
  if (typeof actual === 'number' && typeof expected === 'number') {
    return Math.abs(actual - expected) < 1e-6 ? [] : [`${path}: ${actual} instead of ${expected}`];
  }
  if (leniency.wording.includes(place) && typeof actual === 'string' && typeof expected === 'string') {
    const [head, recorded] = [actual, expected].map((text) => text.split(/[:,]/, 1)[0]);
    return head === recorded ? [] : [`${path}: "${head}" instead of "${recorded}"`];
  }
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) return [`${path}: ${actual.length} elements instead of ${expected.length}`];
    return expected.flatMap((each, i) => compareJson(actual[i], each, `${path}[${i}]`, leniency));
  }
  if (isObject(actual) && isObject(expected)) return compareMembers(actual, expected, path, leniency);
  return Object.is(actual, expected)
    ? []
    : [`${path}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`];
}

function compareMembers(
  actual: Record<string, unknown>,
  expected: Record<string, unknown>,
  path: string,
  leniency: Leniency,
): string[] {
  const found: string[] = [];
  for (const [name, value] of Object.entries(expected)) {
    const inner = `${path}.${name}`;
    if (name in actual) found.push(...compareJson(actual[name], value, inner, leniency));
    else if (!leniency.maybeAbsent.includes(inner.replace(/\[\d+\]/g, '[]'))) found.push(`${inner}: missing`);
  }
  for (const name of Object.keys(actual)) {
    const inner = `${path}.${name}`;
    const place = inner.replace(/\[\d+\]/g, '[]');
    if (!(name in expected) && !leniency.extra(place) && !leniency.maybeAbsent.includes(place))
      found.push(`${inner}: not recorded`);
  }
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
