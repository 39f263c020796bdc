import type { ConnectionOptions } from 'node:tls';
import type { Logger, Metrics } from '@pointsman/core';
import type { AllowedHosts } from './allowed-hosts.ts';

/** How KV cache gets from a prefiller to the model server that decodes; see docs/sidecar.md. */
export type KvConnector = 'nixlv2' | 'shared-storage' | 'sglang' | 'mooncake' | 'offloading';

/** How what encoders computed gets to the model server. */
export type EncoderConnector = 'ec-example' | 'ec-nixl';

/** How long the sidecar waits, in milliseconds; 0 waits for ever. They are exact to about a second. */
export interface SidecarTimeouts {
  /** For a connection. Default 5,000. */
  readonly connectMs?: number;
  /** From a sent prefill or encode request to the headers of its answer. Default 600,000. */
  readonly prefillMs?: number;
  /** The same of a decode request; without a stream the answer is generated in this time. Default 600,000. */
  readonly decodeMs?: number;
  /** Between two pieces of an answer. Default 300,000. */
  readonly idleMs?: number;
  /** For a client that does not read what it asked for. Default 60,000. */
  readonly clientStallMs?: number;
}

/** What the sidecar holds in memory for one request, in bytes. */
export interface SidecarLimits {
  /** A body that has to be read; longer ones get 413. Bodies that only pass have no limit. Default 32 MiB. */
  readonly bodyBytes?: number;
  /** The answer to a prefill or an encode request; longer ones are a 502. Default 32 MiB. */
  readonly answerBytes?: number;
}

/** TLS towards the model servers of a stage; undefined for plain HTTP. */
export interface SidecarTls {
  readonly prefiller?: ConnectionOptions;
  readonly decoder?: ConnectionOptions;
  readonly encoder?: ConnectionOptions;
}

/** What a sidecar is made of. */
export interface SidecarOptions {
  /** Where the model server listens; with data parallelism, its rank 0. */
  readonly modelServer: { readonly host?: string; readonly port: number };
  /** Ranks of the model server, on consecutive ports; the sidecar listens on as many. Default 1. */
  readonly dataParallelSize?: number;
  /** Default `nixlv2`. */
  readonly kvConnector?: KvConnector;
  /** Default: the encoder header is ignored. */
  readonly encoderConnector?: EncoderConnector;
  /** Address of this pod, by which headers name its ranks. */
  readonly podIp?: string;
  /** Whether `nixlv2` has prefillers pull cached blocks from the endpoint that `x-kv-cache-source-host-port` names. Default false. */
  readonly p2pPull?: boolean;
  /** Port of rank 0 of an engine's P2P connector. Default 7777. */
  readonly p2pPort?: number;
  /** Default 8998. */
  readonly sglangBootstrapPort?: number;
  /** Default 8998. */
  readonly mooncakeBootstrapPort?: number;
  /** Takes any of several prefillers in the header instead of the first. Default false. */
  readonly prefillerSampling?: boolean;
  /** Further tries of a prefill that ended with 502, 503 or 504, on the same prefiller, with so much time between. Default: none. */
  readonly prefillRetry?: { readonly max: number; readonly backoffMs?: number };
  /**
   * What becomes of a request whose prefill failed: the client gets the failure (`error`, the default), or the model server
   * computes the prompt itself (`decode-only`). Errors of the client (4xx) are always its answer.
   */
  readonly prefillFailure?: 'error' | 'decode-only';
  /** Which prefillers, encoders and sources headers may name. Default `anyHost`; see `allowHosts`. */
  readonly allowedHosts?: AllowedHosts;
  readonly tls?: SidecarTls;
  readonly timeouts?: SidecarTimeouts;
  readonly limits?: SidecarLimits;
  readonly metrics?: Metrics;
  readonly log?: Logger;
  /** Random numbers in 0..1, for what is picked at random. Default `Math.random`. */
  readonly random?: () => number;
}
