import {
  createBodyRouter,
  createExtProcServer,
  createHealthServer,
  type ExtProcServer,
  type ExtProcServerOptions,
  PickerDurations,
  ServingState,
} from '@pointsman/adapter-ext-proc';
import type { AdminServer } from '@pointsman/adapter-http/admin';
import type { ConfigSource, ConfiguredScheduler } from '@pointsman/config';
import type { Logger } from '@pointsman/core';
import type { Telemetry } from '@pointsman/telemetry';
import { createConfiguredAdmin } from '../admin/configured-admin.ts';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { logLevelOf } from '../llmd-flags/log-level.ts';
import { createLog } from '../process/create-log.ts';
import { drainWindow } from '../process/drain-window.ts';
import { describeListenError } from '../process/listen-error.ts';
import { listenMetrics } from '../process/metrics-listener.ts';
import { createObservedScheduler } from '../process/observed-scheduler.ts';
import { survivePlugins } from '../process/survive-plugins.ts';
import { tellBuild } from '../process/tell-build.ts';
import { untilStopped } from '../process/until-stopped.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import type { EppOptions } from './epp-options.ts';
import { readBaseModels } from './read-base-models.ts';
import { serverTls } from './server-tls.ts';

/** Runs an endpoint picker until it is told to stop. @throws CommandFailure, ConfigError */
export async function runEpp(options: EppOptions): Promise<void> {
  const source = sourceOf(options);
  const log = createLog(logLevelOf(options));
  const tls = serverTls(options, log);
  const stopped = untilStopped({ withStdin: options.stopWithStdin === true });
  const survival = survivePlugins(log);
  const { configured, telemetry, measured } = await createObservedScheduler(source, log, {
    timesPlugins: options.enablePluginMetrics,
    poolName: options.poolName || undefined,
  });
  const ends: (() => unknown)[] = [() => configured.close()];
  try {
    checkEndpoints(configured);
    const { scheduler, current } = configured;
    const traced = options.tracing ? await startTracing(scheduler, 'llm-d-epp', log) : undefined;
    // Calls that the end of the scheduler ends are told too.
    ends.unshift(() => traced?.stop());

    const state = new ServingState();
    const common = serverOptions(options, state, telemetry, log);
    const picker = createExtProcServer({
      ...common,
      ...(tls && { tls }),
      scheduler: measured,
      parsers: current.parsers,
      priorityOf: configured.priorityOf,
      durations: new PickerDurations(telemetry.metrics),
      ignoresSubset: options.disableEndpointSubsetFilter,
      emitsScores: options.emitEndpointScores,
      ...(traced && { tracing: traced.tracing }),
      ...(options.passHeader && { passedHeaders: options.passHeader }),
    });
    const host = options.host ?? '0.0.0.0';
    const ports: Record<string, number | string | null> = {};
    const open = async (name: string, what: string, port: number, listen: () => Promise<number>) => {
      ports[name] = await listenOrFail(what, host, port, listen);
    };

    // Probes are answered from the beginning: live, not ready.
    const health = createHealthServer(state);
    ends.push(() => health.close());
    await open('health', 'health listener', options.grpcHealthPort, () =>
      health.listen({ host, port: options.grpcHealthPort }),
    );
    survival.watch('health listener', health.listener!);
    await open('metrics', 'metrics listener', options.metricsPort, async () => {
      const metrics = await listenMetrics(telemetry, host, options.metricsPort);
      ends.push(() => metrics.close());
      survival.watch('metrics listener', metrics.server);
      return metrics.port;
    });
    if (options.adminPort !== undefined) {
      const admin = createConfiguredAdmin(configured, telemetry, log);
      ends.push(() => admin.close());
      ports.admin = await listenAdmin(admin, configured, options.adminPort);
      survival.watch('admin listener', admin.server);
    }
    await scheduler.start();
    const servers: ExtProcServer[] = [picker];
    ends.push(() => picker.close());
    await open('picker', 'picker', options.grpcPort, () => picker.listen({ host, port: options.grpcPort }));
    survival.watch('picker', picker.listener!);
    if (options.bbrPort !== undefined) {
      const { bbrPort, bbrBaseModels } = options;
      tellBuild(telemetry.metrics, { name: 'bbr_info', help: 'What routes by bodies.' });
      const processor = createBodyRouter({
        ...(bbrBaseModels !== undefined && { baseModels: readBaseModels(bbrBaseModels) }),
        metrics: telemetry.metrics,
      });
      const router = createExtProcServer({ ...common, ...(tls && { tls }), processor });
      servers.push(router);
      ends.push(() => router.close());
      await open('bbr', 'listener for body-based routing', bbrPort, () => router.listen({ host, port: bbrPort }));
      survival.watch('listener for body-based routing', router.listener!);
    }
    if (options.watch) configured.watch();
    state.ready();
    announce(ports, options.json === true);
    log.info('the picker serves', { pools: [...scheduler.pools.keys()], ...ports, config: current.file });

    const reason = await Promise.race([stopped, survival.listenerFailed]);
    state.drain();
    const openStreams = () => servers.reduce((sum, server) => sum + server.openStreams, 0);
    log.info('the picker drains', { reason: String(reason), openStreams: openStreams() });
    // Who presses Ctrl-C does not wait for proxies to notice.
    if (reason === 'SIGTERM') await drainWindow(options.drainTimeout, openStreams);
    await Promise.all(servers.map((server) => server.drain({ graceMs: options.grace })));
    if (reason instanceof CommandFailure) throw reason;
  } finally {
    for (const end of ends.reverse()) await end();
    survival.stop();
  }
  log.info('the picker has ended');
}

function sourceOf({ configFile, configText }: EppOptions): ConfigSource {
  if (configFile !== undefined) return { file: configFile };
  return { text: configText ?? '' };
}

function checkEndpoints({ current }: ConfiguredScheduler): void {
  const hasSome = Object.values(current.pools).some(
    ({ endpoints }) => !Array.isArray(endpoints) || endpoints.length > 0,
  );
  if (hasSome) return;
  throw new CommandFailure(
    'the configuration does not say where endpoints come from. Point dataLayer.discovery at a plugin of the type ' +
      'file-discovery, or list them under endpoints; InferencePools of Kubernetes are not read yet',
  );
}

function serverOptions(
  options: EppOptions,
  state: ServingState,
  telemetry: Telemetry,
  log: Logger,
): ExtProcServerOptions {
  const { grpcMaxRecvMsgSize, maxBodyBytes, maxBufferedBytes, maxStreams } = options;
  return {
    limits: {
      ...(grpcMaxRecvMsgSize !== undefined && { messageBytes: grpcMaxRecvMsgSize }),
      ...(maxBodyBytes !== undefined && { bodyBytes: maxBodyBytes }),
      ...(maxBufferedBytes !== undefined && { bufferedBytes: maxBufferedBytes }),
      ...(maxStreams !== undefined && { streams: maxStreams }),
    },
    ...(options.healthChecking && { health: state }),
    ...(options.enableGrpcStreamMetrics && { metrics: telemetry.metrics }),
    log,
  };
}

async function listenAdmin(admin: AdminServer, { current }: ConfiguredScheduler, port: number): Promise<string> {
  const section = current.admin === false ? undefined : current.admin;
  const host = section?.host ?? '127.0.0.1';
  return listenOrFail('admin listener', host, port, async () => (await admin.listen({ host, port })).url);
}

async function listenOrFail<T>(what: string, host: string, port: number, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) {
      throw new CommandFailure(`the ${what}: ${String(error)}`, ExitCode.failed, error);
    }
    throw new CommandFailure(`the ${what} ${describeListenError(error, host, port)}`, ExitCode.failed, error);
  }
}

function announce(ports: Readonly<Record<string, number | string | null>>, asJson: boolean): void {
  if (asJson) process.stdout.write(`${JSON.stringify(ports)}\n`);
  else for (const [name, port] of Object.entries(ports)) process.stdout.write(`${name.padEnd(8)} ${port}\n`);
}
