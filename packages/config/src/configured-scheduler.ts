import {
  type Clock,
  createSchedulerHost,
  type EndpointSource,
  type Logger,
  type Metrics,
  noMetrics,
  PointsmanError,
  type SchedulerHost,
  type SchedulerOptions,
  silentLogger,
  systemClock,
} from '@pointsman/core';
import type { PluginCatalog } from './catalog.ts';
import { ConfigError } from './config-error.ts';
import { formatProblem } from './config-problem.ts';
import { fileEndpoints, readEndpointFile } from './file-endpoints.ts';
import { type WatchOptions, watchPath } from './file-watcher.ts';
import { parseConfigText } from './load-config.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { parseConfig } from './parse-config.ts';
import { readText } from './read-text.ts';
import { ReloadMetrics } from './reload-metrics.ts';
import type { ReloadResult } from './reload-result.ts';
import type { EndpointFile } from './resolve-endpoints.ts';
import { keepRestartSections } from './restart-sections.ts';

/** Where a configuration comes from: a file, or a text with the folder from which it looks things up. */
export type ConfigSource =
  | { readonly file: string; readonly text?: undefined }
  | { readonly text: string; readonly folder?: string; readonly file?: undefined };

/** What a scheduler is made of, besides its configuration. */
export interface ConfiguredSchedulerOptions extends WatchOptions {
  /** The plugins that there are without `imports`. */
  readonly catalog: PluginCatalog;
  readonly clock?: Clock;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  /** Which pool serves a request; see `createSchedulerHost`. */
  readonly route?: SchedulerOptions['route'];
}

/**
 * Makes a scheduler from a configuration, which can be changed while it runs. The caller starts it.
 * @throws ConfigError with everything that is wrong; PointsmanError CONFIG_INVALID when the file cannot be read
 */
export async function createConfiguredScheduler(
  options: ConfiguredSchedulerOptions & ConfigSource,
): Promise<ConfiguredScheduler> {
  const sources = new EndpointFiles(options);
  const config = await readConfig(options, options.catalog, sources);
  return new ConfiguredScheduler(options, config, sources);
}

/** A scheduler with the configuration at work, and the ways to change it. */
export class ConfiguredScheduler implements AsyncDisposable {
  readonly scheduler: SchedulerHost;
  readonly #options: ConfiguredSchedulerOptions & ConfigSource;
  readonly #sources: EndpointFiles;
  readonly #started: LoadedConfig;
  readonly #log: Logger;
  readonly #metrics: ReloadMetrics;
  readonly #stops = new Set<() => void>();
  #current: LoadedConfig;
  #turn: Promise<unknown> = Promise.resolve();

  /** Use {@link createConfiguredScheduler}. */
  constructor(options: ConfiguredSchedulerOptions & ConfigSource, config: LoadedConfig, sources: EndpointFiles) {
    const { clock = systemClock, log = silentLogger, metrics = noMetrics, route } = options;
    this.#options = options;
    this.#sources = sources;
    this.#started = config;
    this.#current = config;
    this.#log = log;
    const { pools, seed, recent } = config;
    const given = Object.fromEntries(
      Object.entries({ seed, recent, route }).filter(([, value]) => value !== undefined),
    );
    try {
      this.scheduler = createSchedulerHost({ pools, clock, log, metrics, ...given });
    } catch (error) {
      throw PointsmanError.is(error) ? config.locate(error) : error;
    }
    this.#metrics = new ReloadMetrics(metrics, clock);
    for (const warning of config.warnings) log.warn(formatProblem(warning));
  }

  /** The configuration at work. */
  get current(): LoadedConfig {
    return this.#current;
  }

  /**
   * Puts another configuration to work between two requests, or the same file again: read, checked and built beside the
   * one at work, then swapped. Plugins that it leaves as they are keep their state; requests that run finish on what they
   * began with. When anything is wrong, nothing changes. Never rejects.
   * @param source default: where the first configuration came from
   */
  reload(source: ConfigSource = this.#options): Promise<ReloadResult> {
    const turn = this.#turn.then(() => this.#reload(source));
    this.#turn = turn;
    return turn;
  }

  async #reload(source: ConfigSource): Promise<ReloadResult> {
    let isTold = false;
    try {
      const read = await readConfig(source, this.#options.catalog, this.#sources);
      await this.#sources.check(read.endpointFiles, this.#current.endpointFiles);
      const next = keepRestartSections(read, this.#started);
      let changed: readonly string[];
      try {
        changed = this.scheduler.reload({ pools: next.pools }).changed;
      } catch (error) {
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

  /**
   * Reloads when the file changes, or a module behind a relative import. A file that is gone is said once, and picked up
   * again when it is back. Without a file it does nothing.
   * @returns a function that stops it
   */
  watch(): () => void {
    const { file } = this.#options;
    if (file === undefined) return () => {};
    const code = new Map<string, () => void>();
    const stopFile = watchPath(
      file,
      (exists) => {
        if (exists) void this.reload().then(followCode);
        else this.#log.warn(`configuration file ${file} is gone; the configuration at work stays`);
      },
      this.#options,
    );
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
          watchPath(path, (exists) => exists && void this.reload().then(followCode), this.#options),
        );
      }
    };
    const stop = () => {
      this.#stops.delete(stop);
      stopFile();
      followCode();
    };
    this.#stops.add(stop);
    followCode();
    return stop;
  }

  /**
   * Reloads when the process gets a signal, such as `SIGHUP`.
   * @returns a function that stops it
   */
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

  /** Stops to watch, lets a reload finish, and closes the scheduler. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    await this.#turn;
    await this.scheduler.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** The endpoint sources of files: one for each file, so that a reload leaves it running. */
class EndpointFiles {
  readonly #sources = new Map<string, EndpointSource>();
  readonly #options: ConfiguredSchedulerOptions;

  constructor(options: ConfiguredSchedulerOptions) {
    this.#options = options;
  }

  readonly sourceOf = (file: EndpointFile): EndpointSource => {
    const id = `${file.watch}:${file.path}`;
    const { log, intervalMs } = this.#options;
    const source =
      this.#sources.get(id) ??
      fileEndpoints({ ...file, ...(log !== undefined && { log }), ...(intervalMs !== undefined && { intervalMs }) });
    this.#sources.set(id, source);
    return source;
  };

  /** A file that was not there before has to be right before anything is swapped. */
  async check(files: readonly EndpointFile[], current: readonly EndpointFile[]): Promise<void> {
    for (const { path } of files) {
      if (current.some((known) => known.path === path)) continue;
      const { problems } = await readEndpointFile(path);
      if (problems.length > 0) throw new ConfigError(problems);
    }
  }
}

async function readConfig(source: ConfigSource, catalog: PluginCatalog, sources: EndpointFiles): Promise<LoadedConfig> {
  const shared = { catalog, endpointFile: sources.sourceOf };
  if (source.file !== undefined) return parseConfigText(await readText(source.file), source.file, shared);
  return parseConfig(source.text, { ...shared, ...(source.folder !== undefined && { folder: source.folder }) });
}
