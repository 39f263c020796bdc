import type { EndpointSource, EndpointSpec } from './endpoint.ts';
import type { PluginUse } from './plugin.ts';

/** A scorer, or a scorer with its weight. Without one the weight is 1. Weights may be 0 or negative. */
export type WeightedScorer = PluginUse | readonly [scorer: PluginUse, weight: number];

/** Filters in order, weighted scorers, and the picker that ends it. */
export interface ProfileOptions {
  readonly filters?: readonly PluginUse[];
  readonly scorers?: readonly WeightedScorer[];
  readonly picker: PluginUse;
}

/** A polling fetcher with the extractors that make data of what it gets. */
export interface SourceOptions {
  readonly fetcher: PluginUse;
  readonly extractors?: readonly PluginUse[];
}

/** What a change of configuration can change. */
export interface GraphOptions {
  /** Profiles by name. */
  readonly profiles: Readonly<Record<string, ProfileOptions>>;
  /** Needed with more than one profile. */
  readonly profileHandler?: PluginUse;
  /** Fetchers and hooks. Plugins of profiles need not be repeated here. */
  readonly plugins?: readonly PluginUse[];
  /** Polling fetchers that have extractors. */
  readonly sources?: readonly SourceOptions[];
}

/** One pool: its endpoints and how they are chosen. */
export interface PoolOptions extends GraphOptions {
  readonly endpoints: EndpointSource | readonly EndpointSpec[];
}
