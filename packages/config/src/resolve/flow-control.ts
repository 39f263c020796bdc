import type { PluginCatalog } from '../catalog/catalog.ts';
import { missingCapability, unbuiltMessage } from '../catalog/reference-types.ts';
import type { FlowControlSection } from '../document/document-schema.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { ResolvedPool } from './resolve-pool.ts';
import { reportUndeclared } from './resolve-profiles.ts';

/** Plugins that llm-d asks how full a pool is, too. Here they are filters, and nobody asks. */
const DETECTORS: ReadonlySet<string> = new Set(['concurrency-detector', 'utilization-detector']);

/** A saturation detector that the file names. */
interface DetectorReference {
  readonly name: string;
  readonly path: ConfigPath;
}

/**
 * Checks what a file says about flow control. Its gate is off, else it was refused: settings have no effect then, as in
 * the reference. A saturation detector works without the gate too, so one that is named has to be there.
 */
export function checkFlowControl(
  section: FlowControlSection | undefined,
  legacy: { readonly pluginRef: string } | undefined,
  pools: readonly ResolvedPool[],
  catalog: PluginCatalog,
  reporter: Reporter,
): void {
  if (section !== undefined && Object.keys(section).some((key) => key !== 'saturationDetector')) {
    reporter.warn(['flowControl'], 'the section has no effect: the feature gate flowControl is off', { at: 'key' });
  }
  if (legacy !== undefined) {
    reporter.warn(['saturationDetector'], 'deprecated; write flowControl.saturationDetector', { at: 'key' });
  }
  const detector = detectorOf(section, legacy);
  if (detector === undefined) return;
  const { name, path } = detector;
  for (const { plugins } of pools) {
    const plugin = plugins.find(name);
    if (plugins.isRefused(name)) return;
    const type = plugin?.type ?? name;
    const capability = missingCapability(type, catalog);
    if (capability !== undefined) {
      reporter.error(path, unbuiltMessage(name, capability), { code: 'PLUGIN_NOT_FOUND' });
    } else if (DETECTORS.has(type)) {
      const message = `"${name}" is a filter here: saturation is known to llm-d but not built in this version (flow control)`;
      reporter.error(path, message, { code: 'PLUGIN_NOT_FOUND' });
    } else if (plugin === undefined) {
      reportUndeclared(name, path, plugins, reporter);
    } else {
      reporter.error(path, `"${name}" is no saturation detector`);
    }
  }
}

function detectorOf(
  section: FlowControlSection | undefined,
  legacy: { readonly pluginRef: string } | undefined,
): DetectorReference | undefined {
  const current = section?.saturationDetector;
  if (current !== undefined) {
    return { name: current.pluginRef, path: ['flowControl', 'saturationDetector', 'pluginRef'] };
  }
  return legacy && { name: legacy.pluginRef, path: ['saturationDetector', 'pluginRef'] };
}
