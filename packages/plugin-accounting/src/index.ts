import type { PluginDefinition } from '@pointsman/core';
import { requestAttributeReporter } from './request-attribute-reporter.ts';

export { requestAttributeReporter };

/** Every plugin of this package. */
export const accountingPlugins: readonly PluginDefinition[] = [requestAttributeReporter];
