import type { EncoderConnector, KvConnector } from '@pointsman/adapter-sidecar';
import type { LogLevel } from '../process/log-levels.ts';

/** What `pointsman sidecar` is given, under the names of the flags of llm-d's sidecar. */
export interface SidecarRunOptions {
  readonly host?: string;
  readonly port: number;
  readonly modelServerPort: number;
  readonly dataParallelSize: number;
  readonly kvConnector: KvConnector;
  readonly ecConnector?: EncoderConnector | '';
  readonly mooncakeBootstrapPort: number;
  readonly p2pConnectorPort: number;
  readonly enableP2pPull: boolean;
  readonly enablePrefillerSampling: boolean;
  readonly prefillMaxRetries: number;
  /** Milliseconds. */
  readonly prefillRetryBackoff: number;
  readonly prefillTimeout: number;
  readonly decodeTimeout: number;
  readonly prefillFailure: 'error' | 'decode-only';
  readonly enableSsrfProtection: boolean;
  readonly allowedHosts?: readonly string[];
  readonly secureProxy: boolean;
  readonly certPath?: string;
  readonly enableTls?: readonly string[];
  readonly tlsInsecureSkipVerify?: readonly string[];
  /** 0 for none. */
  readonly metricsPort: number;
  readonly maxBodyBytes?: number;
  /** Milliseconds. */
  readonly drain: number;
  readonly grace: number;
  readonly configuration?: string;
  readonly configurationFile?: string;
  readonly zapLogLevel?: string;
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
  readonly stopWithStdin?: boolean;
}
