import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import type { Usage } from '@pointsman/core';

/** What an expression is for: the number that is reported, or whether it is. */
export type ExpressionUse = 'number' | 'condition';

/** A compiled expression. Undefined when it has no value for this usage, such as after a division by zero. */
export type UsageExpression = (usage: Usage | undefined) => unknown;

/** Fields of the only variable, `usage`, as OpenAI names them. */
const FIELDS = {
  prompt_tokens: 'int',
  completion_tokens: 'int',
  total_tokens: 'int',
  prompt_tokens_details: { cached_tokens: 'int' },
} as const;

const environment = new Environment().registerVariable('usage', { schema: FIELDS });

/** Types that an expression may have. `dyn` shows its own only when it runs. */
const TYPES: Readonly<Record<ExpressionUse, readonly (string | undefined)[]>> = {
  number: ['int', 'double', 'dyn'],
  condition: ['bool', 'dyn'],
};

/**
 * Compiles an expression of the Common Expression Language over `usage`.
 * @throws Error that says what is wrong, with line and column, both from 1
 */
export function compileUsageExpression(text: string, use: ExpressionUse): UsageExpression {
  const program = parse(text);
  const { type, error } = program.check();
  if (error !== undefined) throw problem(text, error);
  if (!TYPES[use].includes(type)) {
    const wanted = use === 'number' ? 'a number (int or double)' : 'true or false (bool)';
    throw new Error(`gives ${type?.replace(/^\$/, '')}, and not ${wanted}`);
  }
  return (usage) => {
    try {
      return program({ usage: variableOf(usage) });
    } catch {
      // A key that is missing, an overflow, a division by zero: for this request it has no value.
      return undefined;
    }
  };
}

function parse(text: string): ParseResult {
  try {
    return environment.parse(text);
  } catch (error) {
    throw problem(text, error as CelError);
  }
}

/** What the library's errors have in common. */
interface CelError {
  readonly code?: string;
  readonly summary?: string;
  readonly message: string;
  readonly range?: { readonly start: number };
}

function problem(text: string, { code, summary, message, range }: CelError): Error {
  const before = text.slice(0, range?.start ?? 0).split('\n');
  const place = `line ${before.length}, column ${before.at(-1)!.length + 1}`;
  return new Error(`${place}: ${summary ?? message}${hintFor(code)}`);
}

function hintFor(code: string | undefined): string {
  switch (code) {
    case 'no_such_key':
      return '. usage has prompt_tokens, completion_tokens, total_tokens and prompt_tokens_details.cached_tokens';
    case 'unknown_variable':
      return '. The only variable is usage';
    case 'no_such_overload':
      return '. Token counts are int: double(usage.prompt_tokens) * 0.5';
    default:
      return '';
  }
}

/** A response without usage counts as one of no tokens, as in the reference. */
function variableOf(usage: Usage | undefined) {
  const prompt = whole(usage?.promptTokens);
  const completion = whole(usage?.outputTokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(usage?.cachedTokens !== undefined && { prompt_tokens_details: { cached_tokens: whole(usage.cachedTokens) } }),
  };
}

function whole(count: number | undefined): bigint {
  return count !== undefined && Number.isFinite(count) ? BigInt(Math.trunc(count)) : 0n;
}
