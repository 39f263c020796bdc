import type { Endpoint } from '@pointsman/core';
import type { EventSources } from './event-hub.ts';

/** What a configuration says of where events come from. */
interface EventsConfig {
  readonly zmqEndpoint: string;
  readonly topicFilter: string;
  readonly discoverPods: boolean;
  readonly podDiscoveryConfig: {
    readonly podLabelSelector: string;
    readonly podNamespace: string;
    readonly socketPort: number;
    readonly replaySocketPort: number;
  };
}

/** Makes a configuration's words a list of sources. */
export function eventSources({
  zmqEndpoint,
  topicFilter,
  discoverPods,
  podDiscoveryConfig,
}: EventsConfig): EventSources {
  const { podLabelSelector, podNamespace, socketPort, replaySocketPort } = podDiscoveryConfig;
  const wanted = podLabelSelector
    .split(',')
    .filter((term) => term !== '')
    .map((term) => /^(.*?)==?(.*)$/.exec(term)!.slice(1) as [name: string, value: string]);
  return {
    listenAddress: zmqEndpoint === '' ? undefined : zmqEndpoint,
    topicFilter,
    isPublisher: ({ id, labels }: Endpoint) =>
      discoverPods &&
      (podNamespace === '' || id.startsWith(`${podNamespace}/`)) &&
      wanted.every(([name, value]) => labels[name] === value),
    port: socketPort,
    replayPort: replaySocketPort,
  };
}
