import { z } from 'zod';
import type { SaturationDetector } from './admission.ts';
import type { Keys } from './cycle.ts';
import { PointsmanError } from './errors.ts';
import type { Extractor, PollingFetcher, RequestFetcher, StreamingFetcher } from './fetcher.ts';
import type { BulkFilter, Filter } from './filter.ts';
import type { Hooks, Lifetime } from './hooks.ts';
import type { Picker } from './picker.ts';
import type {
  DefinitionOptions,
  PluginDefinition,
  PluginFactory,
  PluginInstance,
  PluginKind,
  PluginUse,
} from './plugin.ts';
import type { ProfileHandler } from './profile-handler.ts';
import type { BulkScorer, Scorer, ScorerCategory } from './scorer.ts';
import { CONTRACT_VERSION, type ContractVersion } from './version.ts';

type Extras<R extends Keys, W extends Keys> = Hooks<R, W> & Lifetime & Partial<SaturationDetector>;
type NoParams = z.ZodObject<Record<never, never>, z.core.$strict>;

const noParams: NoParams = z.strictObject({});

/** Binds parameters that were parsed already, under an instance name: what configuration does. */
export function usePlugin(definition: PluginDefinition, params: unknown, name: string): PluginUse {
  return {
    definition,
    params,
    name,
    as: (other) => usePlugin(definition, params, other),
  };
}

function define<S extends z.ZodType, R extends Keys, W extends Keys>(
  kinds: readonly PluginKind[],
  options: DefinitionOptions<S, R, W, unknown>,
): PluginFactory<S> {
  const { type, reads, writes } = options;
  const schema = (options.params ?? noParams) as S;
  const bind = (params?: z.input<S>): PluginUse => {
    const parsed = schema.safeParse(params ?? {});
    if (!parsed.success) {
      throw new PointsmanError('PARAMS_INVALID', `${type}: ${z.prettifyError(parsed.error)}`, { plugin: type });
    }
    return usePlugin(definition, parsed.data, type);
  };
  const declared = <K extends Keys>(
    keys: DefinitionOptions<S, K, K, unknown>['reads'],
    params: unknown,
    name: string,
  ) => (typeof keys === 'function' ? keys(params as z.output<S>, name) : (keys ?? []));
  const definition: PluginFactory<S> = Object.assign(bind, {
    contract: CONTRACT_VERSION as ContractVersion,
    kinds,
    type,
    aliases: options.aliases ?? [],
    params: schema,
    description: options.description ?? '',
    stability: options.stability ?? ('stable' as const),
    readsOf: (params: unknown, name: string) => declared<R>(reads, params, name),
    writesOf: (params: unknown, name: string) => declared<W>(writes, params, name),
    create: (context: Parameters<PluginDefinition['create']>[0]) =>
      options.create(context as Parameters<typeof options.create>[0]) as PluginInstance,
  });
  return definition;
}

/** Defines a filter: it drops candidates, each with a reason. */
export function defineFilter<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(options: DefinitionOptions<S, R, W, (Filter<R> | BulkFilter<R>) & Extras<R, W>>): PluginFactory<S> {
  return define(['filter'], options);
}

/** Defines a scorer: it gives every candidate 0..1, more is better. */
export function defineScorer<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(
  options: DefinitionOptions<S, R, W, (Scorer<R> | BulkScorer<R>) & Extras<R, W>> & {
    readonly category?: ScorerCategory;
  },
): PluginFactory<S> {
  return define(['scorer'], options);
}

/** Defines a picker: it turns totals into an ordered list. */
export function definePicker<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(options: DefinitionOptions<S, R, W, Picker<R> & Extras<R, W>>): PluginFactory<S> {
  return define(['picker'], options);
}

/** Defines a fetcher: it collects data about requests (`prepare`) or endpoints (`poll`, `stream`). */
export function defineFetcher<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(
  options: DefinitionOptions<S, R, W, (RequestFetcher<R, W> | PollingFetcher | StreamingFetcher) & Extras<R, W>>,
): PluginFactory<S> {
  return define(['fetcher'], options);
}

/** Defines an extractor: it turns what a polling fetcher got into data. */
export function defineExtractor<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(options: DefinitionOptions<S, R, W, Extractor & Extras<R, W>>): PluginFactory<S> {
  return define(['extractor'], options);
}

/** Defines a profile handler: it decides which profiles run, and whose result is the target. */
export function defineProfileHandler<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(options: DefinitionOptions<S, R, W, ProfileHandler<R, W> & Extras<R, W>>): PluginFactory<S> {
  return define(['profile-handler'], options);
}

/** Defines a plugin of hooks, or one that is several things at once: then `kinds` names them. */
export function definePlugin<
  S extends z.ZodType = NoParams,
  const R extends Keys = readonly [],
  const W extends Keys = readonly [],
>(
  options: DefinitionOptions<
    S,
    R,
    W,
    Partial<
      Filter<R> &
        BulkFilter<R> &
        Scorer<R> &
        BulkScorer<R> &
        Picker<R> &
        RequestFetcher<R, W> &
        PollingFetcher &
        StreamingFetcher &
        Extractor &
        ProfileHandler<R, W>
    > &
      Extras<R, W>
  > & { readonly kinds?: readonly PluginKind[] },
): PluginFactory<S> {
  return define(options.kinds ?? ['hooks'], options);
}
