import { usePlugin } from '@pointsman/core';
import type { PluginCatalog } from '../catalog/catalog.ts';
import { missingCapability, unbuiltMessage } from '../catalog/reference-types.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import { reportIssues } from '../problems/report-issues.ts';
import type { Reporter } from '../problems/reporter.ts';
import { type AdmissionSettings, DEFAULT_DETECTOR } from './admission-settings.ts';
import { flowControlParameters } from './flow-control-parameters.ts';
import type { PoolPlugins } from './pool-plugins.ts';
import { reportUndeclared } from './resolve-profiles.ts';

const FLOW_CONTROL = 'flow-control';
const SHEDDABLE_ADMITTER = 'sheddable-admitter';

/**
 * Adds what lets requests into a pool: flow control when its gate is on. Without it requests of a priority below 0 are turned
 * away while the pool is full, so what does that is added where there are such priorities, or the detector is named.
 */
export function resolveAdmission(
  settings: AdmissionSettings,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
): void {
  const { detector, hasFlowControl, priorities } = settings;
  const hasSheddable = priorities.some((priority) => priority < 0);
  if (!hasFlowControl && !detector.isNamed && !hasSheddable) return;
  const type = hasFlowControl ? FLOW_CONTROL : SHEDDABLE_ADMITTER;
  const path: ConfigPath = hasFlowControl ? ['featureGates'] : detector.path;
  const definition = catalog.find(type);
  if (definition === undefined && hasFlowControl) {
    const hint = `Name the package that brings the plugin "${type}" under \`imports\`.`;
    reporter.error(path, 'flow control is not there', { code: 'PLUGIN_NOT_FOUND', hint });
  }
  if (definition === undefined && !detector.isNamed) return;
  if (!hasDetector(settings, plugins, catalog, reporter) || definition === undefined) return;
  if (plugins.isTaken(type)) {
    reporter.error(
      plugins.find(type)?.path ?? path,
      `"${type}" is there twice: the file asks for it without \`plugins\``,
      {
        hint: 'Leave it out of `plugins`.',
      },
    );
    return;
  }
  const given = hasFlowControl
    ? flowControlParameters(settings, plugins, reporter)
    : { saturationDetector: detector.name };
  if (given === undefined) return;
  const parsed = definition.params.safeParse(given);
  if (parsed.success)
    plugins.add({ name: type, type, path, origin: 'injected', use: usePlugin(definition, parsed.data, type) });
  else {
    const schema = definition.params;
    reportIssues(parsed.error.issues, { reporter, path: ['flowControl'], schema, what: 'key' }, given);
  }
}

/** The default detector is added; any other has to be declared. */
function hasDetector(
  { detector: { name, path } }: AdmissionSettings,
  plugins: PoolPlugins,
  catalog: PluginCatalog,
  reporter: Reporter,
): boolean {
  if (plugins.isRefused(name)) return false;
  if (plugins.find(name) !== undefined) return true;
  const definition = catalog.find(name);
  if (name === DEFAULT_DETECTOR && definition !== undefined) {
    plugins.create(definition, definition.params.parse({}), path, 'injected');
    return true;
  }
  const capability = missingCapability(name, catalog);
  if (capability === undefined) reportUndeclared(name, path, plugins, reporter);
  else reporter.error(path, unbuiltMessage(name, capability), { code: 'PLUGIN_NOT_FOUND' });
  return false;
}
