export type { ConformanceOptions } from './conformance-options.ts';
export { type Law, pluginLaws } from './plugin-laws.ts';
