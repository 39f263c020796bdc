import { routingControlHeaders } from '@pointsman/inference-api';

/** Headers by which a gateway steers how the model is named; the older name counts where the newer one is absent. */
export const MODEL_REWRITE_HEADERS = ['x-llm-d-model-name-rewrite', 'x-gateway-model-name-rewrite'] as const;

/** What clients tell the picker about a request. It is not meant for model servers. */
const FOR_THE_PICKER: readonly string[] = [
  'x-llm-d-inference-fairness-id',
  'x-gateway-inference-fairness-id',
  'x-llm-d-inference-objective',
  'x-gateway-inference-objective',
  'x-llm-d-slo-ttft-ms',
  'x-slo-ttft-ms',
  'x-llm-d-slo-tpot-ms',
  'x-slo-tpot-ms',
  'x-llm-d-video-fps',
  'x-llm-d-video-duration-seconds',
  'x-llm-d-video-resolution',
];

/**
 * Headers of clients that do not reach model servers.
 * @param passed those that do all the same; headers that would steer where a request goes stay among the others
 */
export function withheldHeaders(passed: readonly string[]): ReadonlySet<string> {
  return new Set([...routingControlHeaders, ...FOR_THE_PICKER.filter((name) => !passed.includes(name))]);
}
