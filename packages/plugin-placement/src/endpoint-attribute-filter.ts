import { defineFilter } from '@pointsman/core';
import { z } from 'zod';
import { attributeKey, attributeProblem, hasAttribute, producerParam } from './endpoint-attribute.ts';

const COMPARE = {
  LessThan: (a: number, b: number) => a < b,
  LessThanOrEqual: (a: number, b: number) => a <= b,
  GreaterThan: (a: number, b: number) => a > b,
  GreaterThanOrEqual: (a: number, b: number) => a >= b,
  Equal: (a: number, b: number) => a === b,
  NotEqual: (a: number, b: number) => a !== b,
};

const params = z
  .strictObject({
    /** Which number to look at, such as `GPUUtilization`. */
    attribute: z.string().min(1),
    producer: producerParam,
    /** What becomes of endpoints that do not have it. */
    onMissing: z.enum(['Pass', 'Fail']).default('Pass'),
    /** Keeps everything when nothing would be left. */
    fallbackOnEmpty: z.boolean().default(false),
    algorithm: z.strictObject({
      type: z.literal('threshold'),
      threshold: z.strictObject({
        operator: z.enum(Object.keys(COMPARE) as [keyof typeof COMPARE]),
        value: z.number().default(0),
      }),
    }),
  })
  .superRefine(({ attribute, producer }, context) => {
    const message = attributeProblem({ attribute, producer });
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['attribute'], message });
  });

/** Keeps endpoints whose attribute compares as asked. May leave none. */
export const endpointAttributeFilter = defineFilter({
  type: 'endpoint-attribute-filter',
  description: 'Keeps endpoints by comparing one of their numbers with a threshold.',
  stability: 'alpha',
  params,
  reads: ({ attribute, producer }) => [attributeKey({ attribute, producer })],
  create: ({ params: { attribute, producer, onMissing, fallbackOnEmpty, algorithm }, read }) => {
    const column = read(attributeKey({ attribute, producer }));
    const { operator, value } = algorithm.threshold;
    const compare = COMPARE[operator];
    const missing = `has no attribute ${attribute}`;
    const refused = `attribute ${attribute} does not satisfy ${operator} ${value}`;
    const verdict = (row: number): string | undefined => {
      if (!hasAttribute(column, row)) return onMissing === 'Pass' ? undefined : missing;
      return compare(column.values[row]!, value) ? undefined : refused;
    };
    return {
      filterAll({ rows, length }, _cycle, drops) {
        let kept = 0;
        for (let i = 0; i < length; i++) if (verdict(rows[i]!) === undefined) kept++;
        if (kept === length || (kept === 0 && fallbackOnEmpty)) return;
        for (let i = 0; i < length; i++) {
          const reason = verdict(rows[i]!);
          if (reason !== undefined) drops.drop(i, reason);
        }
      },
    };
  },
});
