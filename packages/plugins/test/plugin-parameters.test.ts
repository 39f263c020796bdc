import { PointsmanError } from '@pointsman/core';
import { readGolden } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { catalogue } from './catalogue.ts';
import { NOT_BUILT } from './not-built.ts';

interface Case {
  readonly id: string;
  readonly type: string;
  readonly params?: unknown;
  readonly expected: { readonly ok: boolean };
}

/** Cases that come out otherwise here, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  s124: 'a key in another case: configuration finds its spelling before a plugin sees it',
  s171: 'the tokenizer behind a Unix socket is not built, and so refused by name',
};

const cases = readGolden<Case>('plugin-parameters.jsonl', new URL('./golden/', import.meta.url));

describe('plugin-parameters.jsonl', () => {
  it('skips no type that is not named as not built', () => {
    const missing = new Set(cases.map(({ type }) => type).filter((type) => !catalogue.has(type)));
    expect([...missing].filter((type) => !NOT_BUILT.includes(type))).toEqual([]);
  });

  it('calls nothing unbuilt that is built: take it off not-built.ts', () => {
    expect(NOT_BUILT.filter((type) => catalogue.has(type))).toEqual([]);
  });

  const built = cases.filter(({ type }) => catalogue.has(type));
  it.each(built.map((recorded) => [`${recorded.type} ${recorded.id}`, recorded] as const))('%s', (_, recorded) => {
    const { params, expected } = recorded;
    const parsed = catalogue.get(recorded.type)!.params.safeParse(params ?? {});
    expect(parsed.success, PointsmanError.is(parsed.error) ? parsed.error.message : String(parsed.error)).toBe(
      expected.ok !== recorded.id in OTHERWISE,
    );
  });
});
