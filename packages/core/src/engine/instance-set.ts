import { isDeepStrictEqual } from 'node:util';
import type { Endpoint } from '../contract/endpoint.ts';
import type { Lifetime } from '../contract/hooks.ts';
import type { PluginUse } from '../contract/plugin.ts';
import { createInstance, type InstanceContext } from './create-instance.ts';
import type { EndpointTable, TableObserver } from './endpoint-table.ts';
import type { Faults } from './faults.ts';
import type { Graph } from './graph.ts';
import type { Instance } from './instance.ts';
import { refusePromise } from './refuse-promise.ts';

/**
 * The plugins at work in a pool. A plugin that a change of configuration leaves as it is stays; one that takes the place
 * of another of its name and type inherits its state. A plugin is closed when no configuration with open calls has it.
 */
export class InstanceSet implements TableObserver {
  readonly #context: InstanceContext;
  readonly #faults: Faults;
  readonly #table: EndpointTable;
  /** How many configurations hold each instance. */
  readonly #holders = new Map<Instance, number>();

  constructor(context: InstanceContext, faults: Faults) {
    this.#context = context;
    this.#faults = faults;
    this.#table = context.table;
    context.table.observe(this);
  }

  /** Gives the instance of a use: the one at work when nothing about it changed, else a new one. */
  obtain(use: PluginUse, current: Graph | undefined): Instance {
    const known = current?.instances.get(use.name);
    if (known === undefined || known.definition.type !== use.definition.type) {
      return createInstance(use, this.#context, this.#faults, undefined);
    }
    if (known.definition === use.definition && isDeepStrictEqual(known.params, use.params)) return known;
    return createInstance(use, this.#context, this.#faults, this.#handOver(known));
  }

  #handOver(instance: Instance): unknown {
    try {
      return instance.plugin.handOver?.();
    } catch (error) {
      this.#faults.report(instance.name, 'handOver', error);
      return undefined;
    }
  }

  /** Counts a configuration in that comes to work. New plugins are told, and learn of the endpoints that there are. */
  hold(graph: Graph): void {
    for (const instance of graph.instances.values()) {
      for (const [name, link] of instance.detectors) link.instance = graph.instances.get(name);
      const holders = this.#holders.get(instance) ?? 0;
      this.#holders.set(instance, holders + 1);
      if (holders > 0) continue;
      this.#tell(instance, 'activated', (plugin) => plugin.activated?.());
      if (instance.plugin.endpointAdded === undefined) continue;
      for (const endpoint of this.#table.list()) this.#added(instance, endpoint);
    }
  }

  /** Tells the plugins of a configuration whose place another has taken, those that are not in that one. */
  retire(graph: Graph, successor: Graph): void {
    for (const instance of graph.instances.values()) {
      if (successor.instances.get(instance.name) !== instance) {
        this.#tell(instance, 'retired', (plugin) => plugin.retired?.());
      }
    }
  }

  /** Counts a configuration out, and closes the plugins that no other one holds. */
  async drop(graph: Graph): Promise<void> {
    const closing: Promise<void>[] = [];
    for (const instance of graph.instances.values()) {
      const holders = (this.#holders.get(instance) ?? 0) - 1;
      if (holders > 0) {
        this.#holders.set(instance, holders);
      } else {
        this.#holders.delete(instance);
        closing.push(instance.close());
      }
    }
    await Promise.all(closing);
  }

  /** Closes instances of a configuration that never came to work. */
  async discard(graph: Graph): Promise<void> {
    await Promise.all([...graph.instances.values()].filter((i) => !this.#holders.has(i)).map((i) => i.close()));
  }

  added(endpoint: Endpoint): void {
    for (const instance of this.#holders.keys()) this.#added(instance, endpoint);
  }

  removed(endpoint: Endpoint): void {
    for (const instance of this.#holders.keys()) {
      this.#tell(instance, 'endpointRemoved', (plugin) => plugin.endpointRemoved?.(endpoint), endpoint);
    }
  }

  replaced(): void {}

  grown(): void {}

  #added(instance: Instance, endpoint: Endpoint): void {
    this.#tell(instance, 'endpointAdded', (plugin) => plugin.endpointAdded?.(endpoint), endpoint);
  }

  #tell(
    { name, plugin }: Instance,
    what: keyof Lifetime,
    call: (plugin: Lifetime) => unknown,
    endpoint?: Endpoint,
  ): void {
    try {
      refusePromise(call(plugin), `${what}()`);
    } catch (error) {
      this.#faults.report(name, what, error, undefined, endpoint);
    }
  }
}
