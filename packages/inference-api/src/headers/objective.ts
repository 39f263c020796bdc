import { namedValue } from './named-value.ts';
import type { RequestHeaders } from './request-headers.ts';

/** The objective that a request names, such as `interactive`; undefined when it names none. */
export function objectiveOf(headers: RequestHeaders): string | undefined {
  return namedValue(headers, 'x-llm-d-inference-objective', 'x-gateway-inference-objective');
}
