import type { GraphOptions } from '@pointsman/core';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { readPlugins } from '../catalog/read-plugins.ts';
import { dataLayerSchema } from '../document/document-schema.ts';
import { readSection } from '../document/section-reader.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import { addMissingProducers } from './add-missing-producers.ts';
import type { AdmissionSettings } from './admission-settings.ts';
import type { PoolPlugins } from './pool-plugins.ts';
import { resolveAdmission } from './resolve-admission.ts';
import { resolveDataLayer } from './resolve-data-layer.ts';
import { type ResolvedEndpoints, resolveEndpoints } from './resolve-endpoints.ts';
import { resolveProfiles } from './resolve-profiles.ts';

/** One pool, ready to be built. */
export interface ResolvedPool {
  readonly name: string;
  /** Where its sections stand in the file. */
  readonly path: ConfigPath;
  readonly plugins: PoolPlugins;
  readonly graph: GraphOptions;
  readonly endpoints: ResolvedEndpoints;
}

/** What a pool is resolved with. */
export interface PoolSurroundings {
  readonly catalog: PluginCatalog;
  readonly folder: string;
  readonly reporter: Reporter;
  readonly admission: AdmissionSettings;
}

/** Resolves one pool from its sections: `plugins`, `schedulingProfiles`, `dataLayer`, `endpoints`. */
export function resolvePool(
  name: string,
  sections: Readonly<Record<string, unknown>>,
  path: ConfigPath,
  surroundings: PoolSurroundings,
): ResolvedPool {
  const { admission, catalog, folder, reporter } = surroundings;
  const dataLayerPath = [...path, 'dataLayer'];
  const plugins = readPlugins(sections.plugins, [...path, 'plugins'], catalog, reporter);
  const profilesPath = [...path, 'schedulingProfiles'];
  const { profiles, profileHandler } = resolveProfiles(
    sections.schedulingProfiles,
    profilesPath,
    plugins,
    catalog,
    reporter,
    admission.detector.name,
  );
  const section = readSection(dataLayerSchema, dataLayerPath, sections.dataLayer, reporter);
  const { sources, discovery } = resolveDataLayer(section, dataLayerPath, plugins, catalog, reporter);
  resolveAdmission(admission, plugins, catalog, reporter);
  addMissingProducers(plugins, catalog, reporter);
  const endpoints = resolveEndpoints(sections.endpoints, [...path, 'endpoints'], discovery, folder, reporter);
  return {
    name,
    path,
    plugins,
    graph: {
      profiles,
      ...(profileHandler?.use !== undefined && { profileHandler: profileHandler.use }),
      plugins: plugins.uses.map(({ use }) => use),
      sources,
    },
    endpoints,
  };
}
