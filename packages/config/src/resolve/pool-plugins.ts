import { type PluginDefinition, type PluginUse, usePlugin } from '@pointsman/core';
import type { Parser } from '@pointsman/inference-api';
import type { ConfigPath } from '../problems/config-problem.ts';

/** How a plugin came into a pool. */
export type PluginOrigin = 'declared' | 'injected' | 'auto-created';

/** Settings of the reference's `file-discovery` and `multicluster-file-discovery`. */
export interface FileDiscovery {
  readonly path: string;
  readonly watchFile: boolean;
}

/** A file of endpoints, and how it is read. */
export interface EndpointDiscovery extends FileDiscovery {
  readonly metricsFromLabels?: true;
}

/** One named entry of a pool, and what it turned out to be. */
export interface PoolPlugin {
  readonly name: string;
  readonly type: string;
  /** Where it is declared, or why it was added. */
  readonly path: ConfigPath;
  readonly origin: PluginOrigin;
  /** Set for what the engine runs. */
  readonly use?: PluginUse;
  /** Set for parsers, which belong to the adapters. */
  readonly parser?: Parser;
  /** Set for what finds endpoints in a file, which becomes the pool's endpoint source. */
  readonly discovery?: FileDiscovery;
}

/** The plugins of a pool by name, in the order in which they came. */
export class PoolPlugins {
  readonly #byName = new Map<string, PoolPlugin>();
  /** Names of entries that were refused: references to them are not wrong in themselves. */
  readonly #refused = new Set<string>();

  add(plugin: PoolPlugin): PoolPlugin {
    this.#byName.set(plugin.name, plugin);
    return plugin;
  }

  /** Adds a plugin without parameters, named like its type. */
  create(definition: PluginDefinition, params: unknown, path: ConfigPath, origin: PluginOrigin): PoolPlugin {
    const { type } = definition;
    return this.add({ name: type, type, path, origin, use: usePlugin(definition, params, type) });
  }

  refuse(name: string): void {
    this.#refused.add(name);
  }

  find(name: string): PoolPlugin | undefined {
    return this.#byName.get(name);
  }

  /** True when an entry of this name stands in the file, whatever became of it. */
  isTaken(name: string): boolean {
    return this.#byName.has(name) || this.#refused.has(name);
  }

  isRefused(name: string): boolean {
    return this.#refused.has(name);
  }

  get hasRefused(): boolean {
    return this.#refused.size > 0;
  }

  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  get all(): readonly PoolPlugin[] {
    return [...this.#byName.values()];
  }

  /** What the engine runs. */
  get uses(): readonly (PoolPlugin & { readonly use: PluginUse })[] {
    return this.all.filter((plugin): plugin is PoolPlugin & { readonly use: PluginUse } => plugin.use !== undefined);
  }
}
