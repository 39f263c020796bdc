import { createCatalog, type PluginCatalog } from '@pointsman/config';
import { builtinPlugins } from '@pointsman/plugins';

/** Every plugin that comes with Pointsman. */
export function builtinCatalog(): PluginCatalog {
  return createCatalog(builtinPlugins);
}
