import {
  type Clock,
  type Logger,
  type Metrics,
  noMetrics,
  type SchedulerHost,
  type SchedulerOptions,
  silentLogger,
  systemClock,
} from '@pointsman/core';
import type { RequestHeaders } from '@pointsman/inference-api';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { EndpointFiles } from '../endpoints/endpoint-files.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import { readConfig } from '../read-config.ts';
import { signatureOf, type WatchOptions } from './file-watcher.ts';
import type { Instrument } from './instrument-pools.ts';
import { LiveConfiguration } from './live-configuration.ts';
import type { ReloadResult } from './reload-result.ts';

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
  /** Gives what takes the place of a plugin's definition, such as one that is timed: the same for the same one. */
  readonly instrument?: Instrument;
  /** Which pool serves a request; see `createSchedulerHost`. */
  readonly route?: SchedulerOptions['route'];
}

/** A scheduler with the configuration at work, and the ways to change it. */
export interface ConfiguredScheduler extends AsyncDisposable {
  readonly scheduler: SchedulerHost;
  /** The configuration at work. */
  readonly current: LoadedConfig;
  /**
   * Priority of a request by the objective that its headers name, as the configuration at work has it: for the option of
   * that name of the adapters.
   */
  readonly priorityOf: (headers: RequestHeaders) => number;
  /**
   * Puts another configuration to work between two requests, or the same file again: read, checked and built beside the
   * one at work, then swapped. Plugins that it leaves as they are keep their state; requests that run finish on what they
   * began with. When anything is wrong, nothing changes. Never rejects. Reloads that are asked for at once are carried out
   * one after the other.
   * @param source default: where the first configuration came from
   */
  reload(source?: ConfigSource): Promise<ReloadResult>;
  /**
   * Reloads when the file changes, or a module behind a relative import. A file that is gone is said once, and picked up
   * again when it is back. Without a file it does nothing.
   * @returns a function that stops it
   */
  watch(): () => void;
  /**
   * Reloads when the process gets a signal, such as `SIGHUP`.
   * @returns a function that stops it
   */
  reloadOn(signal: NodeJS.Signals): () => void;
  /** Stops to watch, lets a reload finish, and closes the scheduler. */
  close(): Promise<void>;
}

/**
 * Makes a scheduler from a configuration, which can be changed while it runs. The caller starts it.
 * @throws ConfigError with everything that is wrong; PointsmanError CONFIG_INVALID when the file cannot be read
 */
export async function createConfiguredScheduler(
  options: ConfiguredSchedulerOptions & ConfigSource,
): Promise<ConfiguredScheduler> {
  const { clock = systemClock, log = silentLogger, metrics = noMetrics, ...rest } = options;
  const files = new EndpointFiles({ ...options, log });
  // Looked at before it is read, so that no change falls in between.
  const since = options.file === undefined ? undefined : signatureOf(options.file);
  const config = await readConfig(options, { catalog: options.catalog, endpointFile: files.sourceOf });
  return new LiveConfiguration({ ...rest, clock, log, metrics, since }, config, files);
}
