import type { JsonObject, JsonValue } from 'type-fest';
import type { AdminSection, GatewaySection } from './document/listener-schema.ts';
import type { ResolvedEndpoints } from './resolve/resolve-endpoints.ts';
import type { Objectives } from './resolve/resolve-objectives.ts';
import type { ResolvedPool } from './resolve/resolve-pool.ts';

/** What is at work, in the words of the file. */
export interface EffectiveParts {
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly imports: readonly string[];
  readonly objectives: Objectives;
  readonly pools: readonly ResolvedPool[];
  readonly parsers: readonly string[];
  readonly gateway: GatewaySection;
  readonly admin: AdminSection | false;
  readonly recent: unknown;
  readonly seed: string | undefined;
}

/**
 * The configuration with every default filled in: plugins that were added, parameters that were left out, weights. Each
 * plugin says where it comes from. Tokens are not shown.
 */
export function effectiveConfig(parts: EffectiveParts): JsonObject {
  const { featureGates, imports, objectives, pools, parsers, gateway, admin, recent, seed } = parts;
  return toJson({
    featureGates: Object.entries(featureGates).map(([gate, isOn]) => `${gate}=${isOn}`),
    imports,
    objectives: [...objectives].map(([name, priority]) => ({ name, priority })),
    pools: Object.fromEntries(pools.map((pool) => [pool.name, effectivePool(pool)])),
    requestHandler: { parsers: parsers.map((pluginRef) => ({ pluginRef })) },
    gateway,
    admin: admin === false ? false : { ...admin, ...(admin.token !== undefined && { token: '(hidden)' }) },
    recent,
    seed,
  }) as JsonObject;
}

function effectivePool({ plugins, graph, endpoints }: ResolvedPool): unknown {
  return {
    plugins: plugins.all.map(({ name, type, origin, use, discovery }) => ({
      name,
      type,
      parameters: use?.params ?? discovery ?? {},
      origin,
    })),
    schedulingProfiles: Object.entries(graph.profiles).map(([name, { filters = [], scorers = [], picker }]) => ({
      name,
      plugins: [
        ...filters.map((use) => ({ pluginRef: use.name })),
        ...scorers.map((scorer) =>
          'definition' in scorer
            ? { pluginRef: scorer.name, weight: 1 }
            : { pluginRef: scorer[0].name, weight: scorer[1] },
        ),
        { pluginRef: picker.name },
      ],
    })),
    profileHandler: graph.profileHandler?.name,
    dataLayer: {
      sources: (graph.sources ?? []).map(({ fetcher, extractors = [] }) => ({
        pluginRef: fetcher.name,
        extractors: extractors.map((use) => ({ pluginRef: use.name })),
      })),
    },
    endpoints: effectiveEndpoints(endpoints),
  };
}

function effectiveEndpoints({ list, file }: ResolvedEndpoints): unknown {
  if (file === undefined) return list;
  const { path, ...rest } = file;
  return { file: path, ...rest };
}

/** Parameters may hold what a schema made of them: sets, maps, patterns. */
function toJson(value: unknown): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (value instanceof Map) return toJson(Object.fromEntries(value));
  if (value instanceof Set) return toJson([...value]);
  if (Array.isArray(value)) return value.map((each) => toJson(each) ?? null);
  if (typeof value === 'object' && isPlain(value)) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => {
        const json = toJson(inner);
        return json === undefined ? [] : [[key, json] as const];
      }),
    );
  }
  return value === undefined || typeof value === 'function' || typeof value === 'symbol' ? undefined : String(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
