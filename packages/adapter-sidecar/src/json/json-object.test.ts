import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementsOf, JsonObjectText } from './json-object.ts';

const text = (value: unknown) => Buffer.from(JSON.stringify(value));
const object = fc.dictionary(fc.string(), fc.jsonValue());

test('put together again it is the same object', () => {
  fc.assert(
    fc.property(object, fc.boolean(), (value, isSpread) => {
      const json = Buffer.from(JSON.stringify(value, null, isSpread ? 2 : 0));
      expect(JSON.parse(JsonObjectText.parse(json)!.with({}).toString())).toEqual(JSON.parse(json.toString()));
    }),
  );
});

test('an edit changes its member, and no other', () => {
  fc.assert(
    fc.property(object, fc.string(), fc.option(fc.jsonValue(), { nil: undefined }), (value, name, set) => {
      const expected = new Map(Object.entries(JSON.parse(JSON.stringify(value)) as object));
      if (set === undefined) expected.delete(name);
      else expected.set(name, JSON.parse(JSON.stringify(set)));
      const edits = Object.fromEntries([[name, set === undefined ? undefined : JSON.stringify(set)]]);
      const edited = JsonObjectText.parse(text(value))!.with(edits);
      expect(new Map(Object.entries(JSON.parse(edited.toString()) as object))).toEqual(expected);
    }),
  );
});

test('values keep their bytes, and of duplicate members the last counts', () => {
  const json = '\t{ "a" : 1 , "b":[1.0, 9007199254740993,"\\u00e9"],"\\u0061":1e400 }\r\n';
  expect(JsonObjectText.parse(Buffer.from(json))!.with({ c: 'null' }).toString()).toBe(
    '{"a":1e400,"b":[1.0, 9007199254740993,"\\u00e9"],"c":null}',
  );
});

test('elements are those of the array', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (list) => {
      expect(elementsOf(text(list)).map((one) => JSON.parse(one.toString()))).toEqual(JSON.parse(JSON.stringify(list)));
    }),
  );
  expect(elementsOf(Buffer.from('{"a":1}'))).toEqual([]);
  expect(elementsOf(undefined)).toEqual([]);
});

test.each(['null', '[1]', '"{}"', '1'])('%s is no object', (json) => {
  expect(JsonObjectText.parse(Buffer.from(json))).toBeUndefined();
});
