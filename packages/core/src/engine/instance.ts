import type { Keys } from '../contract/cycle.ts';
import type { DataKey } from '../contract/data-key.ts';
import type { PluginDefinition, PluginInstance } from '../contract/plugin.ts';
import type { EndpointReader } from './endpoint-reader.ts';
import { undeclared } from './undeclared.ts';

/** Leads to a saturation detector: the one of the configuration that is at work. */
export interface DetectorLink {
  instance: Instance | undefined;
}

/** One plugin at work in a pool. Kept across changes of configuration that leave it as it is. */
export interface Instance {
  readonly name: string;
  readonly definition: PluginDefinition;
  readonly params: unknown;
  readonly reads: Keys;
  readonly writes: Keys;
  /** Ids of the request and candidate keys that it writes. */
  readonly requestWrites: readonly string[];
  /** The plugin's own object; methods are called on it. */
  readonly plugin: PluginInstance;
  /** Moves over endpoints for the plugin's one-at-a-time functions. */
  readonly reader: EndpointReader;
  /** The saturation detectors that it asks, by name. */
  readonly detectors: ReadonlyMap<string, DetectorLink>;
  close(): Promise<void>;
}

/** @throws PointsmanError DATA_UNDECLARED when the plugin reads what it did not declare */
export function requireRead({ name, reads }: Instance, key: DataKey): void {
  for (let i = 0; i < reads.length; i++) if (reads[i]!.id === key.id) return;
  throw undeclared(name, 'reads', key, 'reads');
}
