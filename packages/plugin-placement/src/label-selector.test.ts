import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSelector, type LabelSelector, labelSelector } from './label-selector.ts';

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('', 'x', 'y');
const anyLabels = fc.dictionary(key, value);
const anySelector: fc.Arbitrary<LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(key, value),
    matchExpressions: fc.array(
      fc.oneof(
        fc.record({
          key,
          operator: fc.constantFrom('In' as const, 'NotIn' as const),
          values: fc.array(value, { minLength: 1 }),
        }),
        fc.record({ key, operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const) }),
      ),
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<LabelSelector>;

/** The definition of Kubernetes, said in another way. */
function satisfies(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Record<string, string>,
): boolean {
  return (
    Object.entries(matchLabels).every(([name, wanted]) => labels[name] === wanted) &&
    matchExpressions.every(({ key: name, operator, values = [] }) => {
      const actual = labels[name];
      if (operator === 'Exists') return actual !== undefined;
      if (operator === 'DoesNotExist') return actual === undefined;
      const isListed = actual !== undefined && values.includes(actual);
      return operator === 'In' ? isListed : !isListed;
    })
  );
}

describe('compileSelector', () => {
  it('selects what Kubernetes would', () => {
    fc.assert(
      fc.property(anySelector, anyLabels, (selector, labels) => {
        expect(labelSelector.safeParse(selector).success).toBe(true);
        expect(compileSelector(selector)(labels) === true).toBe(satisfies(selector, labels));
      }),
    );
  });

  it('never selects more for one more requirement', () => {
    fc.assert(
      fc.property(anySelector, anySelector, anyLabels, (a, b, labels) => {
        const both = { ...a, matchExpressions: [...(a.matchExpressions ?? []), ...(b.matchExpressions ?? [])] };
        if (compileSelector(both)(labels) === true) expect(compileSelector(a)(labels)).toBe(true);
      }),
    );
  });

  it('says what is missing', () => {
    const matches = compileSelector({ matchExpressions: [{ key: 'gpu', operator: 'In', values: ['h100', 'h200'] }] });
    expect(matches({ gpu: 'l4' })).toBe('label gpu does not satisfy In (h100, h200)');
    expect(compileSelector({ matchLabels: { app: 'vllm' } })({})).toBe('label app is not "vllm"');
  });

  it('does not take properties of every object for labels', () => {
    const exists = compileSelector({ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] });
    expect(exists({})).not.toBe(true);
  });
});
