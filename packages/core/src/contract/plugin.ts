import type { z } from 'zod';
import type { SaturationDetector } from './admission.ts';
import type { Clock } from './clock.ts';
import type { ColumnOf, EndpointWriter } from './columns.ts';
import type { Keys } from './cycle.ts';
import type { Endpoint, EndpointDirectory } from './endpoint.ts';
import type { Extractor, PollingFetcher, RequestFetcher, StreamingFetcher } from './fetcher.ts';
import type { BulkFilter, Filter } from './filter.ts';
import type { Hooks, Lifetime } from './hooks.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Picker } from './picker.ts';
import type { ProfileHandler } from './profile-handler.ts';
import type { BulkScorer, Scorer } from './scorer.ts';
import type { ContractVersion } from './version.ts';

/** What a plugin can be. One plugin may be several of these. */
export type PluginKind = 'filter' | 'scorer' | 'picker' | 'fetcher' | 'extractor' | 'profile-handler' | 'hooks';

/** Everything that a plugin instance may be; which parts it has, its kinds say. */
export type PluginInstance = Partial<
  Filter &
    BulkFilter &
    Scorer &
    BulkScorer &
    Picker &
    RequestFetcher &
    PollingFetcher &
    StreamingFetcher &
    Extractor &
    ProfileHandler &
    SaturationDetector
> &
  Hooks &
  Lifetime;

/** What a plugin gets when it is created. */
export interface CreateContext<P, R extends Keys = Keys, W extends Keys = Keys> {
  readonly params: P;
  /** Instance name, unique in its pool. */
  readonly name: string;
  /** Name of the pool that the instance belongs to. */
  readonly pool: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly endpoints: EndpointDirectory;
  /** What the instance that had this name and type before the last change of configuration handed over. */
  readonly inherited: unknown;
  /** A column to read. Only keys that the plugin declared. */
  read<K extends R[number]>(key: K): ColumnOf<K>;
  /** Writes endpoint data. Only endpoint keys that the plugin declared to write. */
  write<K extends Extract<W[number], { readonly scope: 'endpoint' }>>(key: K): EndpointWriter<K>;
  /**
   * How full the pool is by the plugin of this name, which must be a saturation detector. Asks it each time; one that fails
   * counts as idle.
   */
  saturation(detector: string): (endpoints: readonly Endpoint[]) => number;
  /** Runs when the instance is no longer needed. */
  onClose(fn: () => void | Promise<void>): void;
}

/** Keys that a plugin declares: a list, or a function where they depend on parameters or on the instance name. */
export type Declared<Params, K extends Keys> = K | ((params: Params, name: string) => K);

/** What is common to every definition. */
export interface DefinitionOptions<S extends z.ZodType, R extends Keys, W extends Keys, Instance> {
  /** Name in configuration, kebab-case. */
  readonly type: string;
  /** Other names under which configuration may ask for it. */
  readonly aliases?: readonly string[];
  /** Schema of the parameters; without one the plugin takes none. */
  readonly params?: S;
  /** Data that it reads. */
  readonly reads?: Declared<z.output<S>, R>;
  /** Data that it writes. */
  readonly writes?: Declared<z.output<S>, W>;
  /** One sentence for listings. */
  readonly description?: string;
  readonly stability?: 'alpha' | 'beta' | 'stable';
  create(context: CreateContext<z.output<S>, R, W>): Instance;
}

/** A plugin type, as the engine and configuration see it. */
export interface PluginDefinition {
  readonly contract: ContractVersion;
  readonly kinds: readonly PluginKind[];
  readonly type: string;
  readonly aliases: readonly string[];
  readonly params: z.ZodType;
  readonly description: string;
  readonly stability: 'alpha' | 'beta' | 'stable';
  readsOf(params: unknown, name: string): Keys;
  writesOf(params: unknown, name: string): Keys;
  create(context: CreateContext<unknown>): PluginInstance;
}

/** Parameters may be left out where none of them is required. */
type ParamsArgument<Input> = Record<never, never> extends Input ? [params?: Input] : [params: Input];

/** A plugin type in code. Call it to bind parameters: `queueScorer()`, `sameZone({ zone: 'a' })`. */
export interface PluginFactory<S extends z.ZodType = z.ZodType> extends PluginDefinition {
  /** @throws PointsmanError PARAMS_INVALID */
  (...args: ParamsArgument<z.input<S>>): PluginUse;
  readonly params: S;
}

/** A plugin type with its parameters: one instance in each pool that uses it. */
export interface PluginUse {
  readonly definition: PluginDefinition;
  /** Parsed parameters. */
  readonly params: unknown;
  /** Instance name; equals the type unless `as` gave another. */
  readonly name: string;
  as(name: string): PluginUse;
}
