import type { RequestHeaders } from './request-headers.ts';

/** Headers by which a request names its objective; the older name counts where the newer one is absent. */
const [NAME, OLDER_NAME] = ['x-llm-d-inference-objective', 'x-gateway-inference-objective'];

/** The objective that a request names, such as `interactive`; undefined when it names none. */
export function objectiveOf(headers: RequestHeaders): string | undefined {
  const named = headers[NAME] ?? headers[OLDER_NAME];
  const first = typeof named === 'string' ? named : named?.[0];
  return first === '' ? undefined : first;
}
