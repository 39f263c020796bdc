import type { MetricSelector } from './metric-selector.ts';
import type { MetricsPage, Sample } from './metrics-page.ts';

/** What the LoRA series says. */
export interface LoraAdapters {
  readonly running: readonly string[];
  readonly waiting: readonly string[];
  /** Text of the label, which may be empty or no number; undefined when there is none. */
  readonly max: string | undefined;
}

/**
 * Reads the newest LoRA series: its value is the time of the state that its labels describe, so the greatest counts.
 * @returns undefined when there is none, or none with a time
 */
export function readLoraAdapters(page: MetricsPage, selector: MetricSelector): LoraAdapters | undefined {
  let latest: Sample | undefined;
  for (const sample of page.samples(selector)) {
    if (sample.value > (latest?.value ?? -1)) latest = sample;
  }
  if (latest === undefined) return undefined;
  return {
    running: names(latest.label('running_lora_adapters')),
    waiting: names(latest.label('waiting_lora_adapters')),
    max: latest.label('max_lora'),
  };
}

function names(list: string | undefined): readonly string[] {
  if (list === undefined || list === '') return [];
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
