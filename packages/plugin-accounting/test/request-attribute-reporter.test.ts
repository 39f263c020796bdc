import { createScheduler, definePicker, type Usage } from '@pointsman/core';
import { pluginLaws } from '@pointsman/testkit/conformance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestAttributeReporter } from '../src/index.ts';

const first = definePicker({
  type: 'first',
  create: () => ({
    pick(_candidates, _totals, _cycle, order) {
      order[0] = 0;
      return 1;
    },
  }),
});

const reporter = (expression: string, condition?: string, namespace?: string) =>
  requestAttributeReporter({
    attributes: [
      {
        key: { name: 'cost', ...(namespace !== undefined && { namespace }) },
        expression,
        ...(condition !== undefined && { condition }),
      },
    ],
  });

/** What the proxy is told at the end of a response with this usage. */
async function told(use: ReturnType<typeof reporter>, usage?: Usage) {
  await using scheduler = createScheduler({
    endpoints: [{ address: '10.0.0.1', port: 8000 }],
    plugins: [use],
    profiles: { default: { picker: first() } },
  });
  await using call = await scheduler.schedule({ model: 'm' });
  expect(call.readsResponseBody).toBe(true);
  const metadata = call.complete(usage);
  expect(call.decision.explain().faults).toEqual([]);
  return metadata;
}

const usage: Usage = { promptTokens: 7, cachedTokens: 4, outputTokens: 10 };
const cost = (number: number) => ({ 'envoy.lb': { cost: number } });

describe('request-attribute-reporter', () => {
  it.each([
    ['usage.completion_tokens', 10],
    ['usage.prompt_tokens + usage.completion_tokens * 4', 47],
    ['usage.total_tokens', 17],
    ['usage.prompt_tokens - usage.prompt_tokens_details.cached_tokens', 3],
    ['usage["prompt_tokens"]', 7],
    ['usage.prompt_tokens > 5 ? 2 : 1', 2],
    ['usage.prompt_tokens / 2 - 10', -7],
    ['double(usage.prompt_tokens) * 0.5', 3],
    ['double(usage.prompt_tokens) * -0.5', -3],
    ['  usage.prompt_tokens\n+ usage.completion_tokens\n', 17],
    ['9007199254740993', 9007199254740992],
  ])('%s is %d', async (expression, number) => {
    expect(await told(reporter(expression), usage)).toEqual(cost(number));
  });

  it.each([
    ['0', 'usage.prompt_tokens - 7'],
    ['-1, which stands for none', 'usage.prompt_tokens - 8'],
    ['a fraction of less than one', 'double(usage.prompt_tokens) * 0.1'],
    ['a division by zero', '10 / (usage.prompt_tokens - 7)'],
    ['an overflow', '9223372036854775807 + usage.prompt_tokens'],
    ['an infinite number', '1.5e308 * 10.0'],
    ['what turns out to be a text', 'dyn("7")'],
  ])('does not report %s', async (_, expression) => {
    expect(await told(reporter(expression), usage)).toEqual({});
  });

  it('reports nothing where a field is missing, unless the expression asks whether it is there', async () => {
    const noCache: Usage = { promptTokens: 7, outputTokens: 10 };
    const careful = 'has(usage.prompt_tokens_details) ? usage.prompt_tokens_details.cached_tokens : 99';
    expect(await told(reporter('usage.prompt_tokens_details.cached_tokens'), noCache)).toEqual({});
    expect(await told(reporter(careful), noCache)).toEqual(cost(99));
    expect(await told(reporter(careful), usage)).toEqual(cost(4));
  });

  it('takes a response without usage for one of no tokens', async () => {
    expect(await told(reporter('usage.total_tokens'))).toEqual({});
    expect(await told(reporter('usage.total_tokens + 5'))).toEqual(cost(5));
  });

  it('reports on a condition', async () => {
    const total = 'usage.total_tokens';
    expect(await told(reporter(total, 'has(usage.prompt_tokens) && usage.completion_tokens > 5'), usage)).toEqual(
      cost(17),
    );
    expect(await told(reporter(total, 'usage.completion_tokens > 50'), usage)).toEqual({});
    expect(await told(reporter(total, '1 / (usage.prompt_tokens - 7) > 0'), usage)).toEqual({});
    expect(await told(reporter(total, 'dyn("true")'), usage)).toEqual({});
    expect(await told(reporter(total, ''), usage)).toEqual(cost(17));
  });

  it('writes into the namespace that is named', async () => {
    expect(await told(reporter('1', undefined, 'acme.cost'), usage)).toEqual({ 'acme.cost': { cost: 1 } });
    expect(await told(reporter('1', undefined, ''), usage)).toEqual(cost(1));
  });

  it('computes any token counts without losing a token', async () => {
    const count = fc.integer({ min: 0, max: 1_000_000_000 });
    await fc.assert(
      fc.asyncProperty(count, count, async (promptTokens, outputTokens) => {
        const expected = promptTokens + 3 * outputTokens;
        const metadata = await told(reporter('usage.prompt_tokens + usage.completion_tokens * 3'), {
          promptTokens,
          outputTokens,
        });
        expect(metadata).toEqual(expected === 0 ? {} : cost(expected));
      }),
      { numRuns: 30 },
    );
  });

  it('minds no token counts that are no numbers', async () => {
    expect(await told(reporter('usage.total_tokens'), { promptTokens: Number.NaN, outputTokens: 2.5 })).toEqual(
      cost(2),
    );
    expect(await told(reporter('usage.total_tokens'), { promptTokens: Infinity, outputTokens: 0 })).toEqual({});
  });
});

describe('parameters', () => {
  const named = (expression: unknown, more: object = {}) => ({
    attributes: [{ key: { name: 'cost' }, expression, ...more }],
  });
  it.each([
    ['none', undefined, /attributes/],
    ['an unknown name', { unknownKey: 1 }, /unknownKey/],
    ['no attribute', { attributes: [] }, /exactly one attribute/],
    ['two', { attributes: [...named('1').attributes, ...named('2').attributes] }, /attributes/],
    ['no list', { attributes: {} }, /exactly one attribute/],
    ['no name', { attributes: [{ key: {}, expression: '1' }] }, /name/],
    ['an empty name', { attributes: [{ key: { name: '' }, expression: '1' }] }, /name/],
    ['no expression', named(undefined), /expression/],
    ['an empty expression', named(''), /expression/],
    ['a number for an expression', named(5), /expression/],
    ['half an expression', named('usage.prompt_tokens +'), /line 1, column 22: /],
    ['a field that is none', named('usage.promt_tokens'), /line 1, column 7: .*promt_tokens.* usage has prompt_tokens/],
    ['a variable that is none', named('usage.prompt_tokens\n + use.x'), /line 2, column 4: .*only variable is usage/],
    ['int times double', named('usage.prompt_tokens * 0.5'), /line 1, column 1: .*int \* double.*double\(/],
    ['a text', named('"7"'), /gives string, and not a number/],
    ['a record', named('usage'), /gives usage, and not a number/],
    ['true', named('true'), /gives bool, and not a number/],
    ['a number for a condition', named('1', { condition: '1' }), /gives int, and not true or false/],
    ['half a condition', named('1', { condition: '1 >' }), /line 1, column 4/],
    ['an expression without end', named('('.repeat(10_000)), /line 1, column /],
    ['an expression of any length', named(Array(50_000).fill('1').join('+')), /line 1, column /],
  ])('refuses %s', (_, params, message) => {
    expect(() => requestAttributeReporter(params as never)).toThrow(
      expect.objectContaining({ code: 'PARAMS_INVALID', message: expect.stringMatching(message) }),
    );
  });
});

describe('laws', () => {
  it.each(pluginLaws(reporter('usage.total_tokens')))('$name', ({ check }) => check());
});
