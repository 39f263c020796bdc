import type { FlowControlSection } from '../document/document-schema.ts';
import type { ConfigPath } from '../problems/config-problem.ts';
import type { Reporter } from '../problems/reporter.ts';
import type { Objectives } from './resolve-objectives.ts';

/** The detector that need not be declared. */
export const DEFAULT_DETECTOR = 'utilization-detector';

/** What a file says about letting requests in, for all of its pools. */
export interface AdmissionSettings {
  /** Whether requests wait for room. */
  readonly hasFlowControl: boolean;
  readonly section: FlowControlSection;
  /** The plugin that knows how full a pool is. */
  readonly detector: { readonly name: string; readonly path: ConfigPath; readonly isNamed: boolean };
  /** Priorities that requests may have, beside 0. */
  readonly priorities: readonly number[];
}

/** Reads the section `flowControl` and its older form. */
export function admissionSettings(
  section: FlowControlSection | undefined,
  legacy: { readonly pluginRef: string } | undefined,
  hasFlowControl: boolean,
  objectives: Objectives,
  reporter: Reporter,
): AdmissionSettings {
  if (!hasFlowControl && Object.keys(section ?? {}).some((key) => key !== 'saturationDetector')) {
    reporter.warn(['flowControl'], 'the section has no effect: the feature gate flowControl is off', { at: 'key' });
  }
  if (legacy !== undefined) {
    reporter.warn(['saturationDetector'], 'deprecated; write flowControl.saturationDetector', { at: 'key' });
  }
  const current = section?.saturationDetector;
  return {
    hasFlowControl,
    section: section ?? {},
    detector: {
      name: current?.pluginRef ?? legacy?.pluginRef ?? DEFAULT_DETECTOR,
      path:
        current === undefined && legacy !== undefined
          ? ['saturationDetector', 'pluginRef']
          : ['flowControl', 'saturationDetector', 'pluginRef'],
      isNamed: current !== undefined || legacy !== undefined,
    },
    priorities: [...new Set(objectives.values())],
  };
}
