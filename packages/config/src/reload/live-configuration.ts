import {
  type Clock,
  createSchedulerHost,
  type Logger,
  type Metrics,
  PointsmanError,
  type SchedulerHost,
} from '@pointsman/core';
import type { RequestHeaders } from '@pointsman/inference-api';
import type { ConfigSource } from '../config-source.ts';
import type { EndpointFiles } from '../endpoints/endpoint-files.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { formatProblem } from '../problems/config-problem.ts';
import { readConfig } from '../read-config.ts';
import type { ConfiguredScheduler, ConfiguredSchedulerOptions } from './configured-scheduler.ts';
import { watchPath } from './file-watcher.ts';
import { instrumentPools } from './instrument-pools.ts';
import { ReloadMetrics } from './reload-metrics.ts';
import type { ReloadResult } from './reload-result.ts';
import { keepRestartSections } from './restart-sections.ts';

type Options = ConfiguredSchedulerOptions &
  ConfigSource & {
    readonly clock: Clock;
    readonly log: Logger;
    readonly metrics: Metrics;
    /** What the file looked like before it was read. */
    readonly since: string | undefined;
  };

/** The configuration of a scheduler at work. A change is a transaction: all of it, or nothing. */
export class LiveConfiguration implements ConfiguredScheduler {
  readonly scheduler: SchedulerHost;
  readonly #options: Options;
  readonly #files: EndpointFiles;
  readonly #started: LoadedConfig;
  readonly #log: Logger;
  readonly #metrics: ReloadMetrics;
  readonly #stops = new Set<() => void>();
  #current: LoadedConfig;
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws ConfigError when the engine cannot build it */
  constructor(options: Options, config: LoadedConfig, files: EndpointFiles) {
    const { clock, log, metrics, route, instrument } = options;
    this.#options = options;
    this.#files = files;
    this.#started = config;
    this.#current = config;
    this.#log = log;
    const { pools, seed, recent } = config;
    try {
      this.scheduler = createSchedulerHost({
        pools: instrumentPools(pools, instrument),
        clock,
        log,
        metrics,
        ...(seed !== undefined && { seed }),
        ...(recent !== undefined && { recent }),
        ...(route !== undefined && { route }),
      });
    } catch (error) {
      throw PointsmanError.is(error) ? config.locate(error) : error;
    }
    this.#metrics = new ReloadMetrics(metrics, clock);
    for (const warning of config.warnings) log.warn(formatProblem(warning));
  }

  readonly priorityOf = (headers: RequestHeaders): number => this.#current.priorityOf(headers);

  get current(): LoadedConfig {
    return this.#current;
  }

  reload(source: ConfigSource = this.#options): Promise<ReloadResult> {
    const turn = this.#turn.then(() => this.#reload(source));
    this.#turn = turn;
    return turn;
  }

  async #reload(source: ConfigSource): Promise<ReloadResult> {
    let isTold = false;
    try {
      const { catalog, poolName } = this.#options;
      const read = await readConfig(source, { catalog, poolName, endpointFile: this.#files.sourceOf });
      await this.#files.check(read.endpointFiles, this.#current.endpointFiles);
      const next = keepRestartSections(read, this.#started);
      let changed: readonly string[];
      try {
        changed = this.scheduler.reload({ pools: instrumentPools(next.pools, this.#options.instrument) }).changed;
      } catch (error) {
        // The engine has told its listeners already.
        isTold = true;
        throw PointsmanError.is(error) ? next.locate(error) : error;
      }
      this.#current = next;
      this.#metrics.succeeded();
      for (const warning of next.warnings) this.#log.warn(formatProblem(warning));
      this.#log.info('configuration reloaded', { changed });
      return { ok: true, changed, warnings: next.warnings };
    } catch (error) {
      const known = PointsmanError.is(error)
        ? error
        : new PointsmanError('CONFIG_INVALID', `the configuration could not be read: ${String(error)}`, {
            cause: error,
          });
      this.#metrics.failed();
      this.#log.error(`configuration refused, the one at work stays: ${known.message}`);
      if (!isTold) this.scheduler.emit('reload:failed', { pool: '', error: known });
      return { ok: false, error: known };
    }
  }

  watch(): () => void {
    const { file, intervalMs, since } = this.#options;
    if (file === undefined) return () => {};
    const options = intervalMs === undefined ? {} : { intervalMs };
    const code = new Map<string, () => void>();
    const followCode = () => {
      const wanted = new Set(this.#stops.has(stop) ? this.#current.codeFiles : []);
      for (const [path, stopOne] of code) {
        if (wanted.has(path)) continue;
        stopOne();
        code.delete(path);
      }
      for (const path of wanted) {
        if (code.has(path)) continue;
        code.set(
          path,
          watchPath(path, (exists) => exists && void this.reload().then(followCode), options),
        );
      }
    };
    const stopFile = watchPath(
      file,
      (exists) => {
        if (exists) void this.reload().then(followCode);
        else this.#log.warn(`configuration file ${file} is gone; the configuration at work stays`);
      },
      { ...options, ...(since !== undefined && { since }) },
    );
    const stop = () => {
      this.#stops.delete(stop);
      stopFile();
      followCode();
    };
    this.#stops.add(stop);
    followCode();
    return stop;
  }

  reloadOn(signal: NodeJS.Signals): () => void {
    const listener = () => void this.reload();
    process.on(signal, listener);
    const stop = () => {
      this.#stops.delete(stop);
      process.off(signal, listener);
    };
    this.#stops.add(stop);
    return stop;
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#turn;
    await this.scheduler.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
