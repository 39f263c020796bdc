import { stringify } from 'yaml';

/** The scorers that are used when nobody has said anything: queue length, use of the KV cache, cached prefix. */
const BLEND = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig

plugins:
  - type: queue-scorer
  - type: kv-cache-utilization-scorer
  - type: prefix-cache-scorer

schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: queue-scorer
        weight: 2
      - pluginRef: kv-cache-utilization-scorer
        weight: 2
      - pluginRef: prefix-cache-scorer
        weight: 3
`;

/** A configuration with the default scorers over these model servers, as YAML. */
export function defaultConfig(endpoints: readonly string[]): string {
  return `${BLEND}\n${stringify({ endpoints })}`;
}
