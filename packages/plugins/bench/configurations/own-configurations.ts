/** Configurations of our own, for where the reference's samples are not at hand: one for each way of routing. */
export const ownConfigurations: Readonly<Record<string, string>> = {
  'own: load only': configuration(
    ['queue-scorer', 'kv-cache-utilization-scorer', 'running-requests-size-scorer'],
    'queue-scorer, kv-cache-utilization-scorer, running-requests-size-scorer',
  ),
  'own: requests in flight': configuration(
    ['active-request-scorer', 'token-load-scorer', 'inflight-load-producer'],
    'active-request-scorer, token-load-scorer',
  ),
  'own: prefix and LoRA': configuration(
    ['prefix-cache-scorer', 'lora-affinity-scorer', 'load-aware-scorer', 'no-hit-lru-scorer'],
    'prefix-cache-scorer, lora-affinity-scorer, load-aware-scorer, no-hit-lru-scorer',
  ),
  'own: sessions': configuration(['session-affinity-scorer', 'queue-scorer'], 'session-affinity-scorer, queue-scorer'),
  'own: roles and length': configuration(
    ['decode-filter', 'context-length-aware', 'queue-scorer'],
    'decode-filter, context-length-aware, queue-scorer',
  ),
  'own: expected latency': configuration(['expected-latency-scorer'], 'expected-latency-scorer'),
};

function configuration(types: readonly string[], members: string): string {
  return `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
${[...types, 'max-score-picker'].map((type) => `- type: ${type}\n`).join('')}schedulingProfiles:
- name: default
  plugins:
${[...members.split(', '), 'max-score-picker'].map((name) => `  - pluginRef: ${name}\n`).join('')}`;
}
