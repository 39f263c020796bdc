import type { ConnectionOptions } from 'node:tls';
import type { buildConnector, Pool } from 'undici';

/** How long a model server is waited for, in milliseconds; 0 waits for ever. They are exact to about a second. */
export interface ConnectionTimeouts {
  /** For a connection. */
  readonly connectMs: number;
  /** From the sent request to the headers of the answer. */
  readonly headersMs: number;
  /** Between two pieces of an answer. */
  readonly idleMs: number;
}

/** What connections to model servers are made with. */
export interface ConnectionLimits {
  /** Connections to one origin; default: as many as there are requests. */
  readonly connections?: number | undefined;
  /** How long an idle connection is kept, in milliseconds. Default 4,000. */
  readonly keepAliveMs?: number | undefined;
  /** For `https` origins. */
  readonly tls?: ConnectionOptions | undefined;
}

/** For undici's `Pool` or `Agent`: kept-alive connections, on which one request follows the other. */
export function connectionOptions(
  { connectMs, headersMs, idleMs }: ConnectionTimeouts,
  // Shorter than model servers keep idle connections: uvicorn closes them after five seconds.
  { connections, keepAliveMs = 4_000, tls }: ConnectionLimits = {},
): Pool.Options {
  return {
    connections: connections ?? null,
    pipelining: 1,
    headersTimeout: headersMs,
    bodyTimeout: idleMs,
    keepAliveTimeout: keepAliveMs,
    connect: { ...tls, timeout: connectMs } as buildConnector.BuildOptions,
  };
}
