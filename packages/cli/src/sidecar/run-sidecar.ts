import { certificateFolder, selfSigned } from '@pointsman/adapter-ext-proc';
import {
  type AllowedHosts,
  allowHosts,
  createSidecar,
  type Sidecar,
  type SidecarOptions,
} from '@pointsman/adapter-sidecar';
import type { Logger, Metrics } from '@pointsman/core';
import { createTelemetry } from '@pointsman/telemetry';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { logLevelOf } from '../llmd-flags/log-level.ts';
import { createLog } from '../process/create-log.ts';
import { drainWindow } from '../process/drain-window.ts';
import { describeListenError } from '../process/listen-error.ts';
import { listenMetrics, type MetricsListener } from '../process/metrics-listener.ts';
import { survivePlugins } from '../process/survive-plugins.ts';
import { untilStopped } from '../process/until-stopped.ts';
import type { SidecarRunOptions } from './sidecar-run-options.ts';
import { stageTls } from './stage-tls.ts';

/** Runs a sidecar until it is told to stop. @throws CommandFailure */
export async function runSidecar(options: SidecarRunOptions): Promise<void> {
  const log = createLog(logLevelOf(options));
  const telemetry = createTelemetry();
  const sidecar = createSidecar(sidecarOptions(options, telemetry.metrics, log));
  const certificate = certificateOf(options, log);
  const stopped = untilStopped({ withStdin: options.stopWithStdin === true });
  const survival = survivePlugins(log);
  const { host = '0.0.0.0', port, metricsPort } = options;
  let metrics: MetricsListener | undefined;
  let unwatch: (() => void) | undefined;
  try {
    if (metricsPort !== 0) {
      metrics = await orFail('metrics listener', host, metricsPort, () => listenMetrics(telemetry, host, metricsPort));
      survival.watch('metrics listener', metrics.server);
    }
    const tls = await certificate?.load();
    const urls = await orFail('sidecar', host, port, () => sidecar.listen({ host, port, ...(tls && { tls }) }));
    unwatch = certificate?.watch?.((renewed) => setCertificate(sidecar, renewed));
    for (const server of sidecar.servers) survival.watch('sidecar', server);
    announce(urls, metrics?.port ?? null, options.json === true);
    log.info('the sidecar serves', { urls, modelServerPort: options.modelServerPort, connector: options.kvConnector });
    const reason = await Promise.race([stopped, survival.listenerFailed]);
    log.info('the sidecar drains', { reason: String(reason), openRequests: sidecar.openRequests });
    sidecar.drain();
    // Who presses Ctrl-C does not wait for proxies to notice.
    if (reason === 'SIGTERM') await drainWindow(options.drain, () => sidecar.openRequests);
    await sidecar.close({ graceMs: options.grace });
    if (reason instanceof CommandFailure) throw reason;
  } finally {
    unwatch?.();
    await sidecar.close({ graceMs: 0 });
    await metrics?.close();
    survival.stop();
  }
  log.info('the sidecar has ended');
}

function sidecarOptions(options: SidecarRunOptions, metrics: Metrics, log: Logger): SidecarOptions {
  const { env } = process;
  const { ecConnector, maxBodyBytes } = options;
  const allowedHosts = allowedHostsOf(options);
  return {
    modelServer: { port: options.modelServerPort },
    dataParallelSize: options.dataParallelSize,
    kvConnector: options.kvConnector,
    ...(ecConnector !== undefined && ecConnector !== '' && { encoderConnector: ecConnector }),
    ...(env.POD_IP !== undefined && env.POD_IP !== '' && { podIp: env.POD_IP }),
    p2pPull: options.enableP2pPull,
    p2pPort: options.p2pConnectorPort,
    sglangBootstrapPort: Number(env.SGLANG_BOOTSTRAP_PORT ?? 8998),
    mooncakeBootstrapPort: options.mooncakeBootstrapPort,
    prefillerSampling: options.enablePrefillerSampling,
    prefillRetry: { max: options.prefillMaxRetries, backoffMs: options.prefillRetryBackoff },
    prefillFailure: options.prefillFailure,
    ...(allowedHosts && { allowedHosts }),
    tls: stageTls(options.enableTls, options.tlsInsecureSkipVerify),
    timeouts: { prefillMs: options.prefillTimeout, decodeMs: options.decodeTimeout },
    ...(maxBodyBytes !== undefined && { limits: { bodyBytes: maxBodyBytes } }),
    metrics,
    log,
  };
}

function allowedHostsOf({ enableSsrfProtection, allowedHosts }: SidecarRunOptions): AllowedHosts | undefined {
  if (allowedHosts === undefined) {
    if (!enableSsrfProtection) return undefined;
    throw new CommandFailure('--enable-ssrf-protection needs --allowed-hosts: whom headers may name', ExitCode.usage);
  }
  try {
    return allowHosts(allowedHosts);
  } catch (error) {
    throw new CommandFailure(`--allowed-hosts: ${(error as Error).message}`, ExitCode.usage, error);
  }
}

function certificateOf({ secureProxy, certPath }: SidecarRunOptions, log: Logger) {
  if (secureProxy) return certPath === undefined ? selfSigned() : certificateFolder(certPath, { reload: true, log });
  if (certPath !== undefined) throw new CommandFailure('--cert-path needs --secure-proxy', ExitCode.usage);
  return undefined;
}

function setCertificate({ servers }: Sidecar, certificate: { readonly cert: Buffer; readonly key: Buffer }): void {
  for (const server of servers)
    if ('setSecureContext' in server) (server as SecureServer).setSecureContext(certificate);
}

interface SecureServer {
  setSecureContext(certificate: { readonly cert: Buffer; readonly key: Buffer }): void;
}

async function orFail<T>(what: string, host: string, port: number, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    throw new CommandFailure(`the ${what} ${describeListenError(error, host, port)}`, ExitCode.failed, error);
  }
}

function announce(urls: readonly string[], metrics: number | null, asJson: boolean): void {
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ urls, metrics })}\n`);
    return;
  }
  for (const url of urls) process.stdout.write(`sidecar  ${url}\n`);
  if (metrics !== null) process.stdout.write(`metrics  ${metrics}\n`);
}
