export { createCatalog, type PluginCatalog } from './catalog.ts';
export { ConfigError } from './config-error.ts';
export { type ConfigPath, type ConfigProblem, formatProblem } from './config-problem.ts';
export {
  type ConfigSource,
  type ConfiguredScheduler,
  type ConfiguredSchedulerOptions,
  createConfiguredScheduler,
} from './configured-scheduler.ts';
export { type FileEndpointsOptions, fileEndpoints } from './file-endpoints.ts';
export type { WatchOptions } from './file-watcher.ts';
export { configJsonSchema } from './json-schema.ts';
export type { AdminSection, GatewaySection } from './listener-schema.ts';
export { loadConfig } from './load-config.ts';
export type { LoadedConfig } from './loaded-config.ts';
export { type ParseConfigOptions, parseConfig } from './parse-config.ts';
export { unbuiltTypes } from './reference-types.ts';
export type { ReloadResult } from './reload-result.ts';
export type { EndpointFile, EndpointFileSource } from './resolve-endpoints.ts';
export type { Position } from './yaml-document.ts';
