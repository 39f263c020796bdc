import fc from 'fast-check';

/** Characters and escapes that JSON strings are made of, those included that look like structure. */
const fragment = fc.oneof(
  fc.constantFrom('a', 'model', 'usage', '{', '}', '[', ']', ':', ',', ' ', 'é', '東京', '🚀', '\u2028'),
  fc.constantFrom('\\"', '\\\\', '\\n', '\\t', '\\/', '\\u0022', '\\u005c', '\\ud83d\\ude80', '\\ud800'),
  fc.constantFrom('\\"model\\":\\"x\\"', '\\"usage\\":{', '\\\\\\"'),
);

/** A JSON string in any spelling, quotes included. */
const stringText = fc.array(fragment, { maxLength: 6 }).map((fragments) => `"${fragments.join('')}"`);

const numberText = fc.constantFrom('0', '-0', '1.50', '1e2', '9007199254740993', '12345678901234567890', '-3.25E-7');

const space = fc.constantFrom('', '', '', ' ', '\n', '\t', '\r\n  ');

/** The text of a JSON object: any whitespace, any spelling, keys that repeat and keys out of `keys`. */
export function jsonObjectText(...keys: readonly string[]): fc.Arbitrary<string> {
  const { object } = fc.letrec<{ value: string; array: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('null', 'true', 'false'),
      stringText,
      numberText,
      tie('array'),
      tie('object'),
    ),
    array: fc
      .tuple(space, fc.array(tie('value'), { maxLength: 4 }))
      .map(([gap, items]) => `[${items.join(`${gap},`)}${gap}]`),
    object: fc
      .array(fc.tuple(space, fc.oneof(stringText, fc.constantFrom(...keys)), space, space, tie('value')), {
        maxLength: 5,
      })
      .chain((fields) =>
        space.map((gap) => {
          const texts = fields.map(([a, key, b, c, value]) => `${a}${key}${b}:${c}${value}`);
          return `{${texts.join(`${gap},`)}${gap}}`;
        }),
      ),
  }));
  return fc.tuple(space, object, space).map((parts) => parts.join(''));
}

/** `bytes` cut at the given places (any numbers). */
export function splitAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [0, ...cuts].map((start, i) => bytes.subarray(start, cuts[i] ?? bytes.length));
}
