import { expect, test } from 'vitest';
import { reachableParsers, requestPath, resolveParser } from '../src/index.ts';
import { goldenVectors, parsersNamed } from './golden-vectors.ts';

interface Vector {
  readonly id: string;
  readonly parsers: string[];
  readonly headers: Record<string, string>;
  readonly expected: {
    readonly path: string;
    readonly activeParsers: string[];
    readonly parser?: string;
    readonly error?: string;
  };
}

for (const { id, parsers: types, headers, expected } of goldenVectors<Vector>('parser-resolution.jsonl')) {
  test(`${id} ${expected.path}`, () => {
    const parsers = parsersNamed(types);
    const path = requestPath(headers);
    expect(path).toBe(expected.path);
    expect(reachableParsers(parsers).map((parser) => parser.type)).toEqual(expected.activeParsers);
    expect(resolveParser(parsers, path)?.type).toBe(expected.parser);
    expect(expected.parser === undefined).toBe(expected.error !== undefined);
  });
}
