import type { Decision } from './decision.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * The endpoint that a decision names to compute the prompt: the companion of that role, or else what the profile of that name
 * has chosen. It may be the target itself.
 */
export function prefillOf({ companions, results }: Decision): Endpoint | undefined {
  return companions['prefill'] ?? results.find(({ profile }) => profile === 'prefill')?.target;
}
