import type { PluginDefinition } from '@pointsman/core';
import { flowControl } from './flow-control.ts';
import { policyPlugins } from './policies/policy-plugins.ts';
import { sheddableAdmitter } from './sheddable-admitter.ts';

export { flowControl, sheddableAdmitter };

/** Every plugin of this package. */
export const flowControlPlugins: readonly PluginDefinition[] = [flowControl, sheddableAdmitter, ...policyPlugins];
