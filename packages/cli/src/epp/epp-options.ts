import type { LogLevel } from '../process/log-levels.ts';
import type { TLS_VERSIONS } from './tls-versions.ts';

/** What `pointsman epp` is given, under the names of the flags of llm-d's endpoint picker. */
export interface EppOptions {
  readonly configFile?: string;
  readonly configText?: string;
  readonly poolName?: string;
  readonly host?: string;
  readonly grpcPort: number;
  readonly grpcHealthPort: number;
  readonly metricsPort: number;
  /** Absent: no admin listener. */
  readonly adminPort?: number;
  /** Absent: no body-based routing. */
  readonly bbrPort?: number;
  readonly bbrBaseModels?: string;
  readonly healthChecking: boolean;
  readonly secureServing: boolean;
  readonly certPath?: string;
  readonly enableCertReload: boolean;
  readonly tlsMinVersion?: keyof typeof TLS_VERSIONS;
  readonly tlsCipherSuites?: readonly string[];
  readonly disableEndpointSubsetFilter: boolean;
  readonly emitEndpointScores: boolean;
  readonly enableGrpcStreamMetrics: boolean;
  readonly enablePluginMetrics: boolean;
  readonly tracing: boolean;
  /** Bytes. */
  readonly grpcMaxRecvMsgSize?: number;
  readonly maxBodyBytes?: number;
  readonly maxBufferedBytes?: number;
  readonly maxStreams?: number;
  /** Headers of clients that go on to model servers although the picker reads them. */
  readonly passHeader?: readonly string[];
  /** Milliseconds. */
  readonly drainTimeout: number;
  readonly grace: number;
  /** False with `--no-watch`. */
  readonly watch: boolean;
  readonly v?: number;
  readonly zapLogLevel?: string;
  readonly logLevel?: LogLevel;
  readonly json?: boolean;
  readonly stopWithStdin?: boolean;
}
