export { createCatalog, type PluginCatalog } from './catalog/catalog.ts';
export { unbuiltTypes } from './catalog/reference-types.ts';
export { DEFAULT_CONFIG } from './document/default-config.ts';
export { configJsonSchema } from './document/json-schema.ts';
export type { AdminSection, GatewaySection } from './document/listener-schema.ts';
export type { Position } from './document/yaml-document.ts';
export { type FileEndpointsOptions, fileEndpoints } from './endpoints/file-endpoints.ts';
export { loadConfig } from './load-config.ts';
export type { LoadedConfig } from './loaded-config.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { ConfigError } from './problems/config-error.ts';
export { type ConfigPath, type ConfigProblem, formatProblem } from './problems/config-problem.ts';
export {
  type ConfigSource,
  type ConfiguredScheduler,
  type ConfiguredSchedulerOptions,
  createConfiguredScheduler,
} from './reload/configured-scheduler.ts';
export type { WatchOptions } from './reload/file-watcher.ts';
export type { ReloadResult } from './reload/reload-result.ts';
export type { EndpointFile, EndpointFileSource } from './resolve/resolve-endpoints.ts';
