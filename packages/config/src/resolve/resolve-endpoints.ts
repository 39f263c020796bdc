import { resolve } from 'node:path';
import { type EndpointSource, type EndpointSpec, staticEndpoints } from '@pointsman/core';
import { endpointEntrySchema, endpointFileSchema } from '../document/endpoint-schema.ts';
import { readEntries, readSection } from '../document/section-reader.ts';
import { endpointId, endpointSpec } from '../endpoints/endpoint-spec.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { EndpointDiscovery } from './pool-plugins.ts';

/** A file of endpoints as the configuration names it. */
export interface EndpointFile {
  /** Absolute. */
  readonly path: string;
  readonly watch: boolean;
  /** Labels say where metrics are: llm-d's form for endpoints that are clusters. */
  readonly metricsFromLabels?: boolean;
}

/** Where a pool's endpoints come from. */
export type ResolvedEndpoints =
  | { readonly list: readonly EndpointSpec[]; readonly file?: undefined }
  | { readonly file: EndpointFile; readonly list?: undefined };

/** Makes the endpoint source of a file. Gives the same one for the same file, so that a reload leaves it running. */
export type EndpointFileSource = (file: EndpointFile) => EndpointSource;

/** Resolves `endpoints` and `dataLayer.discovery`. */
export function resolveEndpoints(
  value: unknown,
  path: ConfigPath,
  discovery: EndpointDiscovery | undefined,
  folder: string,
  reporter: Reporter,
): ResolvedEndpoints {
  if (value !== undefined && discovery !== undefined) {
    reporter.error(path, 'endpoints come from one place: `endpoints` or `dataLayer.discovery`', { at: 'key' });
    return { list: [] };
  }
  if (discovery !== undefined) {
    const { path: file, watchFile: watch, ...form } = discovery;
    return { file: { path: resolve(folder, file), watch, ...form } };
  }
  if (value === undefined) {
    reporter.warn(path, 'no endpoints are named: the pool is empty until something adds them', {
      hint: 'Add `endpoints:` with a list, or with a `file:`.',
    });
    return { list: [] };
  }
  if (!Array.isArray(value)) {
    const section = readSection(endpointFileSchema, path, value, reporter);
    return section === undefined
      ? { list: [] }
      : { file: { path: resolve(folder, section.file), watch: section.watch } };
  }
  const seen = new Set<string>();
  const list = (readEntries(endpointEntrySchema, path, value, reporter) ?? []).flatMap(({ path: at, entry }) => {
    if (entry === undefined) return [];
    const specs = typeof entry === 'string' ? staticEndpoints([entry]) : [endpointSpec(entry)];
    for (const id of specs.map(endpointId)) {
      if (seen.has(id)) reporter.error(at, `the endpoint "${id}" is there twice`);
      seen.add(id);
    }
    return specs;
  });
  return { list };
}
