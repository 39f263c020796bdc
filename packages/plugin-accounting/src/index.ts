import type { PluginDefinition } from '@pointsman/core';
import { destinationEndpointServedVerifier } from './destination-endpoint-served-verifier.ts';
import { requestAttributeReporter } from './request-attribute-reporter.ts';

export { destinationEndpointServedVerifier, requestAttributeReporter };

/** Every plugin of this package. */
export const accountingPlugins: readonly PluginDefinition[] = [
  requestAttributeReporter,
  destinationEndpointServedVerifier,
];
