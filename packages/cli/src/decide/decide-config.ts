import { type EndpointFile, fileEndpoints, type LoadedConfig, loadConfig, parseConfig } from '@pointsman/config';
import type { EndpointSource, EndpointSpec } from '@pointsman/core';
import { builtinCatalog } from '../catalog.ts';

/** A configuration for deciding without a network. */
export interface DecideConfig {
  readonly loaded: LoadedConfig;
  /** What files of endpoints hold, by pool. */
  readonly fileEndpoints: ReadonlyMap<string, readonly EndpointSpec[]>;
}

/** @throws ConfigError with everything that is wrong; PointsmanError CONFIG_INVALID when a file cannot be read */
export async function loadDecideConfig(
  from: { readonly file: string } | { readonly text: string },
): Promise<DecideConfig> {
  const options = { catalog: builtinCatalog(), endpointFile };
  const loaded = 'file' in from ? await loadConfig(from.file, options) : await parseConfig(from.text, options);
  const found = new Map<string, readonly EndpointSpec[]>();
  for (const [pool, { endpoints }] of Object.entries(loaded.pools)) {
    if ('start' in endpoints) found.set(pool, await readOnce(endpoints));
  }
  return { loaded, fileEndpoints: found };
}

function endpointFile(file: EndpointFile): EndpointSource {
  return fileEndpoints({ ...file, watch: false });
}

async function readOnce(source: EndpointSource): Promise<readonly EndpointSpec[]> {
  let specs: readonly EndpointSpec[] = [];
  const sink = {
    upsert() {},
    remove() {},
    replaceAll(given: readonly EndpointSpec[]) {
      specs = given;
    },
  };
  await source.start(sink, new AbortController().signal);
  return specs;
}
