import type { IncomingMessage } from 'node:http';
import type { Logger, RequestInput, Scheduler } from '@pointsman/core';
import type { Parser, RequestHeaders, RequestTracing } from '@pointsman/inference-api';
import type { CompletedRequest } from './completed-request.ts';
import type { GatewayTimeouts } from './gateway-options.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { UpstreamPools } from './upstream-pools.ts';

/** A request that is not over. */
export interface OpenRequest {
  /** The gateway shuts down, and has waited long enough. */
  giveUp(): void;
}

/** What all requests of a gateway share. */
export interface GatewayContext {
  readonly scheduler: Scheduler;
  readonly parsers: readonly Parser[];
  readonly bodyLimit: number;
  readonly timeouts: Required<GatewayTimeouts>;
  readonly retries: RetryPolicy;
  readonly upstreams: UpstreamPools;
  readonly priorityOf: ((headers: RequestHeaders) => number) | undefined;
  readonly amendRequest: ((input: RequestInput, request: IncomingMessage) => RequestInput) | undefined;
  readonly onComplete: ((completed: CompletedRequest) => void) | undefined;
  readonly tracing: RequestTracing | undefined;
  readonly log: Logger;
  /** The request is over. */
  left(request: OpenRequest): void;
}
