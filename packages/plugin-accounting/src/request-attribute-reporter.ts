import { definePlugin } from '@pointsman/core';
import { z } from 'zod';
import { compileUsageExpression, type ExpressionUse } from './usage-expression.ts';

/** An expression of the Common Expression Language; what is wrong with it is said when it is read. */
const expression = (use: ExpressionUse) =>
  z
    .string()
    .min(1)
    .superRefine((text, context) => {
      try {
        compileUsageExpression(text, use);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message });
      }
    });

const attribute = z.strictObject({
  key: z.strictObject({
    /** Where the proxy looks for it. */
    namespace: z
      .string()
      .default('envoy.lb')
      .transform((namespace) => namespace || 'envoy.lb'),
    name: z.string().min(1),
  }),
  /** Gives the number. The fraction is cut off; 0 and -1 are not reported. */
  expression: expression('number'),
  /** Must be true for the number to be reported. An empty text is none. */
  condition: z.union([z.literal(''), expression('condition')]).optional(),
});

/**
 * Tells the proxy a number that is computed from the tokens which a request has used, when its response is complete:
 * what it cost, for logs and for rate limits that count cost.
 */
export const requestAttributeReporter = definePlugin({
  type: 'request-attribute-reporter',
  description: 'Tells the proxy a number computed from the token usage of each response, such as its cost.',
  params: z.strictObject({
    attributes: z.tuple([attribute], { error: 'expected a list of exactly one attribute' }),
  }),
  create: ({ params, metrics }) => {
    const [{ key, expression: text, condition }] = params.attributes;
    const value = compileUsageExpression(text, 'number');
    const applies = condition ? compileUsageExpression(condition, 'condition') : () => true;
    const reported = metrics.counter({
      name: 'pointsman_request_attributes_total',
      help: 'Complete responses, by whether their attribute was reported',
      labels: ['attribute', 'outcome'],
    });
    const counted = { attribute: `${key.namespace}/${key.name}`, outcome: 'reported' };
    const skipped = { ...counted, outcome: 'skipped' };
    return {
      readsResponseBody: true,
      progress(_cycle, _decision, progress) {
        if (progress.kind !== 'complete') return;
        const number = applies(progress.usage) === true ? wholeNumber(value(progress.usage)) : undefined;
        reported.add(1, number === undefined ? skipped : counted);
        if (number !== undefined) progress.setMetadata(key.namespace, key.name, number);
      },
    };
  },
});

/** The result as a whole number; undefined for what is not reported. */
function wholeNumber(result: unknown): number | undefined {
  if (typeof result !== 'bigint' && typeof result !== 'number') return undefined;
  const number = Math.trunc(Number(result));
  return Number.isFinite(number) && number !== 0 && number !== -1 ? number : undefined;
}
