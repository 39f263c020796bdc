import { namedValue } from './named-value.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The flow of requests that name none, as llm-d calls it. */
export const DEFAULT_FLOW = 'default-flow';

/** The flow that a request says it belongs to; undefined when it names none. */
export function fairnessIdOf(headers: RequestHeaders): string | undefined {
  return namedValue(headers, 'x-llm-d-inference-fairness-id', 'x-gateway-inference-fairness-id');
}
