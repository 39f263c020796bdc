import type { PluginDefinition } from '@pointsman/core';
import { alwaysDisaggMultimodalDecider } from './always-disagg-multimodal-decider.ts';
import { alwaysDisaggPdDecider } from './always-disagg-pd-decider.ts';
import { disaggHeadersHandler } from './disagg-headers-handler.ts';
import { disaggProfileHandler } from './disagg-profile-handler.ts';
import { pdProfileHandler } from './pd-profile-handler.ts';
import { prefixBasedPdDecider } from './prefix-based-pd-decider.ts';

export { disaggregation } from './disaggregation.ts';
export {
  alwaysDisaggMultimodalDecider,
  alwaysDisaggPdDecider,
  disaggHeadersHandler,
  disaggProfileHandler,
  pdProfileHandler,
  prefixBasedPdDecider,
};

/** Every plugin of this package. */
export const disaggPlugins: readonly PluginDefinition[] = [
  disaggProfileHandler,
  pdProfileHandler,
  disaggHeadersHandler,
  prefixBasedPdDecider,
  alwaysDisaggPdDecider,
  alwaysDisaggMultimodalDecider,
];
