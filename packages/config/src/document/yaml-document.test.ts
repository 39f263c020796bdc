import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseYaml } from './yaml-document.ts';

const sample = `
top:
  list:
    - name: a
    - name: b
      ports: [1, 2]
  empty:
`;

test('every value has its place', () => {
  const { locate } = parseYaml(sample);
  expect(locate(['top', 'list', 1, 'name'])).toEqual({ line: 5, column: 13 });
  expect(locate(['top', 'list', 1, 'name'], 'key')).toEqual({ line: 5, column: 7 });
  expect(locate(['top', 'list', 1, 'ports', 1])).toEqual({ line: 6, column: 18 });
});

test('what is not there is placed where it is missing', () => {
  const { locate } = parseYaml(sample);
  expect(locate(['top', 'list', 1, 'weight'])).toEqual({ line: 5, column: 7 });
  expect(locate(['top', 'empty'])).toEqual({ line: 7, column: 3 });
  expect(locate([])).toEqual({ line: 2, column: 1 });
  expect(parseYaml('').locate(['a'])).toEqual({ line: 1, column: 1 });
});

test('keys are found in any case, the exact one first', () => {
  const { locate } = parseYaml('a: 1\nA: 2\nmaxAge: 3\n');
  expect(locate(['A']).line).toBe(2);
  expect(locate(['MAXAGE']).line).toBe(3);
});

test('aliases lead to what they stand for', () => {
  const { data, locate } = parseYaml('a: &x\n  deep: 1\nb: *x\n');
  expect(data).toEqual({ a: { deep: 1 }, b: { deep: 1 } });
  expect(locate(['b', 'deep'])).toEqual({ line: 2, column: 9 });
});

test('a key that is there twice is named with its place', () => {
  expect(parseYaml('a: 1\nb: 2\na: 3\n').problems).toEqual([
    { line: 3, column: 1, message: 'the key "a" is there twice' },
  ]);
  expect(parseYaml('{"a": {"b": 1, "b": 2}}').problems).toMatchObject([{ line: 1, column: 16 }]);
});

test('several faults of the text are said at once', () => {
  const { problems } = parseYaml('a: 1\na: 2\nb: 1\nb: 2\n');
  expect(problems.map(({ line }) => line)).toEqual([2, 4]);
});

test.each([
  ['unclosed: [1, 2', /flow|]/i],
  ['a: *nowhere', /anchor/i],
  ['a: b: c', /mapping/i],
  ['a: 1\n---\nb: 2\n', /document/i],
])('%j cannot be read', (text, why) => {
  const { data, problems } = parseYaml(text);
  expect(data).toBeUndefined();
  expect(problems[0]?.message).toMatch(why);
});

test('booleans and numbers are those of YAML 1.1; dates and base 60 stay text', () => {
  expect(parseYaml('[yes, No, on, 0755, 1_000, 2026-01-01, 1:30, "yes"]').data).toEqual([
    true,
    false,
    true,
    0o755,
    1000,
    '2026-01-01',
    '1:30',
    'yes',
  ]);
});

test('keys are texts, whatever they look like', () => {
  expect(parseYaml('{ on: on, 1: 2, 0x1f: a, 1.50: b, null: c, "2": d }').data).toEqual({
    on: true,
    1: 2,
    '0x1f': 'a',
    '1.50': 'b',
    null: 'c',
    2: 'd',
  });
});

test('decimal numbers have a digit', () => {
  expect(parseYaml('[1.5, .5, 5., -1e3, 1.5e-2, +2, e1, E2, ., -., 1.2.3, 10.0.0.1, v1.5]').data).toEqual([
    1.5,
    0.5,
    5,
    -1000,
    0.015,
    2,
    'e1',
    'E2',
    '.',
    '-.',
    '1.2.3',
    '10.0.0.1',
    'v1.5',
  ]);
  expect(parseYaml('[.inf, -.INF, .nan]').data).toEqual([Infinity, -Infinity, Number.NaN]);
});

test('a word is a text, unless it is one of the words for true, false and nothing', () => {
  const special = /^(y|yes|n|no|on|off|true|false|null)$/i;
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,6}$/), (word) => {
      fc.pre(!special.test(word));
      return (parseYaml(`a: ${word}`).data as { a: unknown }).a === word;
    }),
  );
});

test('numbers are those of JSON', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const { data } = parseYaml(JSON.stringify({ number }));
      return (data as { number: number }).number === (Object.is(number, -0) ? 0 : number);
    }),
  );
});

test('JSON is read as it is', () => {
  expect(parseYaml('{\n\t"a": [1.5, null, "\\u0041"]\n}').data).toEqual({ a: [1.5, null, 'A'] });
});

test.each([
  ['lists', '['.repeat(100_000)],
  ['maps', '{a: '.repeat(100_000)],
  ['dashes', '- '.repeat(100_000)],
  ['keys', '? '.repeat(100_000)],
  ['indentation', Array.from({ length: 1000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
])('%s nested without end are refused', (_what, text) => {
  expect(parseYaml(text).problems).toEqual([{ line: 1, column: 1, message: 'nested deeper than 200 levels' }]);
});

test('brackets in texts and comments nest nothing', () => {
  expect(parseYaml(`a: "${'['.repeat(300)}" # ${'{'.repeat(300)}`).problems).toEqual([]);
});

test('an alias bomb is refused', () => {
  const levels = Array.from({ length: 12 }, (_, i) => `l${i}: &l${i} [${`*l${i - 1},`.repeat(i === 0 ? 0 : 9)} x]`);
  const { data, problems } = parseYaml(levels.join('\n'));
  expect(data).toBeUndefined();
  expect(problems[0]?.message).toMatch(/alias/);
});
