import type { MetricSelector } from './metric-selector.ts';
import type { MetricsPage } from './metrics-page.ts';

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
  let latest = -1;
  let found: number | undefined;
  for (const line of page.lines(selector.name)) {
    const time = page.value(line, selector.name);
    if (!(time > latest) || !page.matches(line, selector)) continue;
    latest = time;
    found = line;
  }
  if (found === undefined) return undefined;
  return {
    running: names(page.label(found, 'running_lora_adapters')),
    waiting: names(page.label(found, 'waiting_lora_adapters')),
    max: page.label(found, 'max_lora'),
  };
}

function names(list: string | undefined): readonly string[] {
  if (list === undefined || list === '') return [];
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
