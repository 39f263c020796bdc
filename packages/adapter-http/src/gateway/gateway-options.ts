import type { IncomingMessage } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import type { Logger, RequestInput, Scheduler } from '@pointsman/core';
import type { Parser, RequestHeaders, RequestTracing } from '@pointsman/inference-api';
import type { CompletedRequest } from './completed-request.ts';
import type { UpstreamFailure } from './upstream-failure.ts';

/** What a request may cost before anyone answers it. */
export interface GatewayLimits {
  /** Bytes of a request body; longer ones get 413. Default 32 MiB. */
  readonly bodyBytes?: number;
}

/** How long the gateway waits, in milliseconds; 0 waits for ever. They are exact to about a second. */
export interface GatewayTimeouts {
  /** For a connection to a model server. Default 5,000. */
  readonly connectMs?: number;
  /** From the sent request to the headers of the answer. A model server that does not stream generates everything in this time. Default 600,000. */
  readonly headersMs?: number;
  /** Between two pieces of an answer. Default 300,000. */
  readonly idleMs?: number;
  /** For a client that does not read what it asked for. Default 60,000. */
  readonly clientStallMs?: number;
}

/**
 * Retries: on another endpoint, and only while the client has received nothing. A kept-alive connection that was lost
 * without an answer is tried once more on the same endpoint before.
 */
export interface RetryOptions {
  /** Further endpoints for one request. Default 2. */
  readonly attempts?: number;
  /**
   * Failures that are worth another attempt. Default: `connect` and `closed`. Not `timeout`: whoever has waited so long for
   * an answer has paid for most of it, and model servers that are too slow get no quicker by doing it all again.
   */
  readonly on?: readonly UpstreamFailure[];
  /** Statuses that are worth another attempt. Default: 503. */
  readonly statuses?: readonly number[];
  /** Bounds the retries of all requests together. */
  readonly budget?: RetryBudgetOptions;
}

/** How many retries there may be for so many requests, over the last ten seconds. */
export interface RetryBudgetOptions {
  /** Retries for each request. Default 0.2. */
  readonly ratio?: number;
  /** Retries that are always there, however few requests come. Default 10. */
  readonly minPerSecond?: number;
}

/** The probes that the gateway answers itself, for GET and HEAD. */
export interface HealthOptions {
  /** Answers 200 as long as the process runs. Default `/healthz`. */
  readonly livePath?: string;
  /** Answers 200 when requests can be served, else 503. Default `/readyz`. */
  readonly readyPath?: string;
  /** A further condition for being ready. */
  readonly isReady?: () => boolean;
}

/** How model servers are reached. */
export interface UpstreamOptions {
  /** Connections to one endpoint; default: as many as there are requests. */
  readonly connections?: number;
  /** How long an idle connection is kept, in milliseconds. Default 4,000. */
  readonly keepAliveMs?: number;
  /** For `https` endpoints: `ca`, `cert`, `key`, `servername`, `rejectUnauthorized`. */
  readonly tls?: ConnectionOptions;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  /** Places the requests. The gateway neither starts nor closes it. */
  readonly scheduler: Scheduler;
  /** How requests are understood; default: `defaultParsers`. A path that none of them claims is forwarded unread. */
  readonly parsers?: readonly Parser[];
  readonly limits?: GatewayLimits;
  readonly timeouts?: GatewayTimeouts;
  /** `false` for none. */
  readonly retry?: RetryOptions | false;
  /** `false` when the paths belong to someone else. */
  readonly health?: HealthOptions | false;
  readonly upstream?: UpstreamOptions;
  /**
   * Priority of a request by its headers, such as `priorityOf` of a configured scheduler, which knows objectives. Default:
   * 0 for all.
   */
  readonly priorityOf?: (headers: RequestHeaders) => number;
  /**
   * Completes what the scheduler is told of a request: a target model, a priority, a subset. Synchronous. What it throws
   * is the answer, as from `reject`.
   */
  readonly amendRequest?: (input: RequestInput, request: IncomingMessage) => RequestInput;
  /**
   * Called once for each request whose answer came whole, when the call has ended: for accounts and logs of your own. Not
   * called for requests that were refused, broke off or were aborted. What it throws is logged.
   */
  readonly onComplete?: (completed: CompletedRequest) => void;
  /** Traces requests, and hands their trace on to model servers; see `createRequestTracing` of `@pointsman/telemetry/tracing`. */
  readonly tracing?: RequestTracing;
  readonly log?: Logger;
}
