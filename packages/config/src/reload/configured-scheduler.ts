import type { Clock, Logger, Metrics, SchedulerHost, SchedulerOptions } from '@pointsman/core';
import type { RequestHeaders } from '@pointsman/inference-api';
import type { PluginCatalog } from '../catalog/catalog.ts';
import type { ConfigSource } from '../config-source.ts';
import type { LoadedConfig } from '../loaded-config.ts';
import type { WatchOptions } from './file-watcher.ts';
import type { Instrument } from './instrument-pools.ts';
import type { ReloadResult } from './reload-result.ts';

/** What a scheduler is made of, besides its configuration. */
export interface ConfiguredSchedulerOptions extends WatchOptions {
  /** The plugins that there are without `imports`. */
  readonly catalog: PluginCatalog;
  /** What the pool of a configuration without `pools` is called. Default: `default`. */
  readonly poolName?: string | undefined;
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
