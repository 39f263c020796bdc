import type { Logger } from '@pointsman/core';
import type { SidecarMetrics } from './sidecar-metrics.ts';
import type { SidecarOptions } from './sidecar-options.ts';
import type { Upstreams } from './upstreams.ts';

/** What the requests of a sidecar share. */
export interface SidecarContext {
  readonly modelServer: { readonly host: string; readonly port: number };
  readonly upstreams: Upstreams;
  readonly retry: { readonly max: number; readonly backoffMs: number };
  readonly prefillFailure: NonNullable<SidecarOptions['prefillFailure']>;
  readonly answerBytes: number;
  readonly clientStallMs: number;
  readonly metrics: SidecarMetrics;
  readonly log: Logger;
  /** Aborts when the sidecar waits for nothing any more. */
  readonly closing: AbortSignal;
}
