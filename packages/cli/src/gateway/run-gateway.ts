import type { AdminServer } from '@pointsman/adapter-http/admin';
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from '@pointsman/adapter-http/node';
import type { ConfigSource, ConfiguredScheduler, GatewaySection } from '@pointsman/config';
import type { Telemetry } from '@pointsman/telemetry';
import { createConfiguredAdmin } from '../admin/configured-admin.ts';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { createLog } from '../process/create-log.ts';
import { describeListenError } from '../process/listen-error.ts';
import type { LogLevel } from '../process/log-levels.ts';
import { createObservedScheduler } from '../process/observed-scheduler.ts';
import { survivePlugins } from '../process/survive-plugins.ts';
import { untilStopped } from '../process/until-stopped.ts';
import { startTracing } from '../tracing/start-tracing.ts';
import { defaultConfig } from './default-config.ts';

/** What `pointsman gateway` is given. What it says wins over the configuration. */
export interface GatewayRunOptions {
  readonly config?: string;
  readonly endpoints?: readonly string[];
  readonly host?: string;
  readonly port?: number;
  /** False with `--no-admin`. */
  readonly admin: boolean;
  readonly adminHost?: string;
  readonly adminPort?: number;
  /** False with `--no-watch`. */
  readonly watch: boolean;
  readonly enablePluginMetrics: boolean;
  readonly tracing: boolean;
  readonly logLevel: LogLevel;
  /** Milliseconds. */
  readonly drain: number;
  readonly grace: number;
  readonly json?: boolean;
  readonly stopWithStdin?: boolean;
}

/** Runs a gateway until it is told to stop. @throws CommandFailure, ConfigError */
export async function runGateway(options: GatewayRunOptions): Promise<void> {
  const source = sourceOf(options);
  const stopped = untilStopped({ withStdin: options.stopWithStdin === true });
  const log = createLog(options.logLevel);
  const survival = survivePlugins(log);
  const { configured, telemetry, measured } = await createObservedScheduler(source, log, {
    timesPlugins: options.enablePluginMetrics,
  });
  const { scheduler, current } = configured;
  const traced = options.tracing ? await startTracing(scheduler, 'pointsman-gateway', log) : undefined;
  const gateway = createGatewayServer({
    ...forwardingOf(current.gateway),
    scheduler: measured,
    parsers: current.parsers,
    priorityOf: configured.priorityOf,
    ...(traced && { tracing: traced.tracing }),
    log,
  });
  const admin = options.admin && current.admin !== false ? createAdmin(configured, telemetry, log) : undefined;
  try {
    const adminUrl = admin && (await listenAdmin(admin, configured, options));
    const url = await listenGateway(gateway, configured, options);
    if (options.watch) configured.watch();
    announce({ gateway: url, admin: adminUrl ?? null, config: current.file ?? null }, options.json === true);
    log.info('the gateway serves', { url, admin: adminUrl, config: current.file });
    survival.watch('gateway', gateway.server);
    if (admin !== undefined) survival.watch('admin listener', admin.server);
    const reason = await Promise.race([stopped, survival.listenerFailed]);
    log.info('the gateway drains', { reason: String(reason), openCalls: openCalls(configured) });
    const hasFailed = reason instanceof CommandFailure;
    await gateway.close({ drainMs: hasFailed ? 0 : options.drain, graceMs: options.grace });
    if (hasFailed) throw reason;
  } finally {
    await admin?.close();
    await configured.close();
    survival.stop();
    await traced?.stop();
  }
  log.info('the gateway has ended');
}

function sourceOf({ config, endpoints }: GatewayRunOptions): ConfigSource {
  if (config !== undefined) return { file: config };
  if (endpoints !== undefined && endpoints.length > 0) return { text: defaultConfig(endpoints) };
  throw new CommandFailure(
    'name a configuration with --config, or model servers with --endpoints http://host:port,...',
    ExitCode.usage,
  );
}

function createAdmin(configured: ConfiguredScheduler, telemetry: Telemetry, log: ReturnType<typeof createLog>) {
  const { decisions } = configured.current.recent ?? {};
  return createConfiguredAdmin(configured, telemetry, log, decisions === undefined ? {} : { recent: decisions });
}

async function listenAdmin(
  admin: AdminServer,
  { current }: ConfiguredScheduler,
  { adminHost, adminPort }: GatewayRunOptions,
): Promise<string> {
  const section = current.admin === false ? { host: '127.0.0.1', port: 0 } : current.admin;
  const host = adminHost ?? section.host;
  const port = adminPort ?? section.port;
  try {
    return (await admin.listen({ host, port })).url;
  } catch (error) {
    throw listenFailure(error, 'admin listener', host, port);
  }
}

async function listenGateway(
  gateway: GatewayServer,
  { current }: ConfiguredScheduler,
  options: GatewayRunOptions,
): Promise<string> {
  const host = options.host ?? current.gateway.host;
  const port = options.port ?? current.gateway.port;
  try {
    return (await gateway.listen({ port, ...(host !== undefined && { host }) })).url;
  } catch (error) {
    throw listenFailure(error, 'gateway', host ?? '*', port);
  }
}

/** Starting the scheduler may fail too; such errors say themselves what they are about. */
function listenFailure(error: unknown, what: string, host: string, port: number): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  return new CommandFailure(`the ${what} ${describeListenError(error, host, port)}`, ExitCode.failed, error);
}

function announce(urls: Readonly<Record<'gateway' | 'admin' | 'config', string | null>>, asJson: boolean): void {
  const { gateway, admin, config } = urls;
  const lines = [`Gateway  ${gateway}/v1`];
  if (admin !== null) lines.push(`Page     ${admin}`);
  if (config !== null) lines.push(`Config   ${config}  (edit it: it is reloaded)`);
  process.stdout.write(asJson ? `${JSON.stringify(urls)}\n` : `${lines.join('\n')}\n`);
}

function openCalls({ scheduler }: ConfiguredScheduler): number {
  return [...scheduler.pools.values()].reduce((sum, pool) => sum + pool.openCalls, 0);
}

/** How the gateway forwards. The loader gives no property the value undefined, though its type would let it. */
function forwardingOf({ host: _host, port: _port, ...sections }: GatewaySection) {
  return sections as Pick<GatewayServerOptions, keyof typeof sections>;
}
