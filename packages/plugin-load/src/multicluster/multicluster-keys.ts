import { endpointNumber } from '@pointsman/core';

/** Mean number of waiting requests on the endpoints of a remote cluster. */
export const multiclusterQueueSize = endpointNumber('llm-d.ai/multicluster-queue-size');

/** Mean share of the KV cache in use on the endpoints of a remote cluster, 0..1. */
export const multiclusterKvCacheUtilization = endpointNumber('llm-d.ai/multicluster-kv-cache-utilization');
