import type { ConnectionOptions } from 'node:tls';
import { connectionOptions } from '@pointsman/http-relay';
import { Agent } from 'undici';
import type { SidecarOptions } from './sidecar-options.ts';

/** Which model servers a request goes to. */
export type Stage = 'prefiller' | 'decoder' | 'encoder';

/** Kept-alive connections to the model servers of one stage. */
export interface Upstream {
  readonly scheme: 'http' | 'https';
  readonly agent: Agent;
}

/** The connections to all model servers. */
export class Upstreams {
  readonly prefiller: Upstream;
  readonly decoder: Upstream;
  readonly encoder: Upstream;

  constructor({ tls = {}, timeouts = {} }: SidecarOptions) {
    const { connectMs = 5_000, prefillMs = 600_000, decodeMs = 600_000, idleMs = 300_000 } = timeouts;
    const upstream = (options: ConnectionOptions | undefined, headersMs: number): Upstream => ({
      scheme: options === undefined ? 'http' : 'https',
      agent: new Agent(connectionOptions({ connectMs, headersMs, idleMs }, { tls: options })),
    });
    this.prefiller = upstream(tls.prefiller, prefillMs);
    this.decoder = upstream(tls.decoder, decodeMs);
    this.encoder = upstream(tls.encoder, prefillMs);
  }

  /** Closes all connections; what still runs over them fails. */
  async close(): Promise<void> {
    await Promise.all([this.prefiller, this.decoder, this.encoder].map(({ agent }) => agent.destroy()));
  }
}
