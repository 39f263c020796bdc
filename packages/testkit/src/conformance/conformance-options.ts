/** What a plugin's laws are tried with, beside absent and odd data, which always is. */
export interface ConformanceOptions {
  /** Values of the labels that the plugin looks at, by label. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** Values of the request headers that it looks at, by lower-case name. */
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  /** Target models of requests. */
  readonly models?: readonly string[];
  /** What an adapter would have parsed from bodies. */
  readonly payloads?: readonly unknown[];
  /** Values of data that is no number, by key id. Data without samples is absent. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
  /** Names of the profiles that a profile handler runs. Default: `default`. */
  readonly profiles?: readonly string[];
  /** Random worlds for each law. Default 60. */
  readonly runs?: number;
  /** Where the random worlds begin; printed when a law is broken. Default 1. */
  readonly seed?: number;
  /** True for a plugin whose answer depends on earlier requests, or on chance, by design. */
  readonly remembers?: boolean;
}
