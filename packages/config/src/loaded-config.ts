import type { PointsmanError, PoolOptions, RecentOptions } from '@pointsman/core';
import type { Parser, RequestHeaders } from '@pointsman/inference-api';
import type { JsonObject } from 'type-fest';
import type { PluginCatalog } from './catalog/catalog.ts';
import type { AdminSection, GatewaySection } from './document/listener-schema.ts';
import type { Position } from './document/yaml-document.ts';
import type { ConfigError } from './problems/config-error.ts';
import type { ConfigPath, ConfigProblem } from './problems/config-problem.ts';
import type { EndpointFile } from './resolve/resolve-endpoints.ts';

/** A configuration that was read and checked. */
export interface LoadedConfig {
  /** Absolute path; undefined for text without a file. */
  readonly file: string | undefined;
  /** For `createSchedulerHost`. */
  readonly pools: Readonly<Record<string, PoolOptions>>;
  /** The parsers in use, in order: for adapters. */
  readonly parsers: readonly Parser[];
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly gateway: GatewaySection;
  /** `false` when the file turns the admin listener off. */
  readonly admin: AdminSection | false;
  readonly recent: RecentOptions | undefined;
  readonly seed: string | undefined;
  /** What is at work, with every default filled in, as JSON. */
  readonly effective: JsonObject;
  /** What is odd but no error. */
  readonly warnings: readonly ConfigProblem[];
  /** The given catalogue with what `imports` brought. */
  readonly catalog: PluginCatalog;
  /** Files of endpoints that it names. */
  readonly endpointFiles: readonly EndpointFile[];
  /** Modules behind relative `imports`, absolute. */
  readonly codeFiles: readonly string[];
  /** Priority of a request by the objective that its headers name; 0 for one that the file does not know. */
  priorityOf(headers: RequestHeaders): number;
  /** Where something stands in the file, or should stand. */
  position(path: ConfigPath): Position;
  /** Says where in the file the plugin stands that an error of the engine is about. */
  locate(error: PointsmanError): ConfigError;
}
