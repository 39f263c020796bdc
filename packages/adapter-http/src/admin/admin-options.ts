import type { Clock, Logger, Scheduler } from '@pointsman/core';
import type { Parser, RequestHeaders } from '@pointsman/inference-api';

/** A page of metrics, as `telemetry.page` makes it. */
export interface MetricsPage {
  readonly contentType: string;
  /** Its text, made while it is sent. */
  readonly pieces: AsyncIterable<string>;
}

/** What an admin handler is made of. */
export interface AdminOptions {
  /** What is looked at. The admin handler neither starts nor closes it. */
  readonly scheduler: Scheduler;
  /** Callers of the API must send it as `Authorization: Bearer ...`. Without one, everybody who can connect may call. */
  readonly token?: string;
  /**
   * Host names under which the listener is reached, such as `pointsman-admin.internal`. `localhost` and IP addresses are
   * always allowed: they cannot be rebound to another address by a hostile page.
   */
  readonly allowedHosts?: readonly string[];
  /** The page of `GET /metrics` in the format that a scraper's `Accept` header asks for. Without it the route does not exist. */
  readonly metricsPage?: (accept: string | undefined) => MetricsPage;
  /** The configuration at work, as JSON. Secrets are shown as they are given. Without it the route does not exist. */
  readonly configuration?: () => unknown;
  /** Loads the configuration anew; what it resolves to is the answer. Without it the route does not exist. */
  readonly reload?: () => Promise<unknown>;
  /** How requests for decide-only are understood; default: those of the gateway. */
  readonly parsers?: readonly Parser[];
  /** Priority of a request for decide-only by its headers, as the gateway has it. Default: 0 for all. */
  readonly priorityOf?: (headers: RequestHeaders) => number;
  /** Bytes of a request body; longer ones get 413. Default 8 MiB. */
  readonly bodyBytes?: number;
  /** Milliseconds between two messages of the live stream, at least 100. Default 1,000. */
  readonly streamIntervalMs?: number;
  /** Live streams at the same time; further ones get 503. Default 32. */
  readonly maxStreams?: number;
  /** Decisions and rejections of each pool that are listed. Default 256, which is also what the scheduler can explain. */
  readonly recent?: number;
  /** Default: the machine's. The one of the scheduler, when that has another. */
  readonly clock?: Clock;
  readonly log?: Logger;
}
