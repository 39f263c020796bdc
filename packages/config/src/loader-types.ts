import {
  anthropicParser,
  openaiParser,
  type Parser,
  passthroughParser,
  sglanghttpParser,
  vertexaiParser,
  vllmgrpcParser,
  vllmhttpParser,
} from '@pointsman/inference-api';
import { z } from 'zod';

/** Parsers by type name: entries of `plugins` that the adapters use, not the engine. */
export const parsersByType: ReadonlyMap<string, Parser> = new Map(
  [
    openaiParser,
    anthropicParser,
    vllmhttpParser,
    sglanghttpParser,
    vertexaiParser,
    vllmgrpcParser,
    passthroughParser,
  ].map((parser) => [parser.type, parser]),
);

/** The entry of `plugins` that `dataLayer.discovery` points at. */
const FILE_DISCOVERY = 'file-discovery';

/** The same for endpoints that are clusters: labels say where their metrics are. */
export const MULTICLUSTER_FILE_DISCOVERY = 'multicluster-file-discovery';

/** Everything that `dataLayer.discovery` may point at. */
export const discoveryTypes: readonly string[] = [FILE_DISCOVERY, MULTICLUSTER_FILE_DISCOVERY];

/** Parameters of both. */
export const fileDiscoveryParams = z.strictObject({
  path: z.string().min(1),
  watchFile: z.boolean().default(false),
});

/** Types that the loader itself understands. */
export const loaderTypes: readonly string[] = [...parsersByType.keys(), ...discoveryTypes];
