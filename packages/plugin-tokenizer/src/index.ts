import type { PluginDefinition } from '@pointsman/core';
import { tokenProducer } from './token-producer.ts';

export { tokenProducer };

/** Every plugin of this package. */
export const tokenizerPlugins: readonly PluginDefinition[] = [tokenProducer];
