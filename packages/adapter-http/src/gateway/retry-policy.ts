import type { InferenceApi } from '@pointsman/inference-api';
import type { RetryOptions } from './gateway-options.ts';
import { RetryBudget } from './retry-budget.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

const REPEATABLE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * When a request goes to another endpoint. Inference may run twice, it only costs; so it is retried until the first byte
 * of an answer. Anything else that is not idempotent is retried only if the model server cannot have seen it.
 */
export class RetryPolicy {
  readonly #attempts: number;
  readonly #on: ReadonlySet<UpstreamFailure>;
  readonly #statuses: ReadonlySet<number>;
  readonly #budget: RetryBudget;

  constructor(options: RetryOptions | false = {}) {
    const { attempts = 2, on = ['connect', 'closed'], statuses = [503], budget } = options || { attempts: 0 };
    this.#attempts = attempts;
    this.#on = new Set(on);
    this.#statuses = new Set(statuses);
    this.#budget = new RetryBudget(budget);
  }

  /** Counts a request that comes in. */
  admit(): void {
    if (this.#attempts > 0) this.#budget.deposit(performance.now());
  }

  /** Whether a status is one that may be retried. */
  mayRetryStatus(status: number): boolean {
    return this.#attempts > 0 && this.#statuses.has(status);
  }

  /**
   * Takes a retry out of the budget if the request may have one.
   * @param used further endpoints that the request has had
   */
  take(used: number, why: UpstreamFailure | 'status', api: InferenceApi | undefined, method: string): boolean {
    if (used >= this.#attempts) return false;
    if (why !== 'status' && !this.#on.has(why)) return false;
    if (why !== 'connect' && !isRepeatable(api, method)) return false;
    return this.#budget.withdraw(performance.now());
  }
}

/** A conversation is something that the request makes on the model server; all other known APIs only compute. */
function isRepeatable(api: InferenceApi | undefined, method: string): boolean {
  if (REPEATABLE_METHODS.has(method)) return true;
  return api !== undefined && api !== 'raw' && api !== 'openai.conversations';
}
