import { z } from 'zod';
import { excerpt } from '../excerpt.ts';
import { builtInEngines, engineConfig } from './engine-config.ts';

const DEFAULT_LABEL = 'llm-d.ai/engine-type';

/** Parameters of `core-metrics-extractor`. */
export const coreMetricsParams = z
  .strictObject({
    /** Label of an endpoint that names its engine. */
    engineLabelKey: z
      .string()
      .default(DEFAULT_LABEL)
      .transform((key) => key || DEFAULT_LABEL),
    /** Engine of endpoints whose label is missing or names none that is known. */
    defaultEngine: z
      .string()
      .default('vllm')
      .transform((name) => name || 'vllm'),
    /** More engines; one with the name of a built-in takes its place. */
    engineConfigs: z.array(engineConfig).default([]),
  })
  .superRefine(({ defaultEngine, engineConfigs }, context) => {
    const names = [...builtInEngines, ...engineConfigs].map(({ name }) => name);
    if (!names.includes(defaultEngine)) {
      const message = `no engine is called ${excerpt(defaultEngine)}; known are ${[...new Set(names)].join(', ')}`;
      context.addIssue({ code: 'custom', path: ['defaultEngine'], message });
    }
  });

export type CoreMetricsParams = z.output<typeof coreMetricsParams>;
