import {
  activeModels,
  cacheBlockSize,
  cacheNumBlocks,
  defineExtractor,
  type Endpoint,
  type EndpointWriter,
  endpointNumber,
  kvCacheUsage,
  maxActiveModels,
  runningRequestsSize,
  type ValueColumn,
  waitingModels,
  waitingQueueSize,
} from '@pointsman/core';
import { excerpt } from '../excerpt.ts';
import { type CoreMetricsParams, coreMetricsParams } from './core-metrics-params.ts';
import { builtInEngines, type EngineConfig } from './engine-config.ts';
import { readLoraAdapters } from './lora-adapters.ts';
import type { MetricSelector } from './metric-selector.ts';
import { MetricsPage, type Sample } from './metrics-page.ts';
import { MissingMetrics } from './missing-metrics.ts';
import { type NumberField, numberField } from './number-field.ts';

/** The key under which llm-d kept the engine's name before; looked at when the newer label is missing. */
const OLD_LABEL = 'inference.networking.k8s.io/engine-type';

/** The producer part is the type even when the instance has another name, as for the other keys of this extractor. */
const customKey = (attribute: string) => endpointNumber(`${attribute}/core-metrics-extractor`);

function keysOf({ engineConfigs }: CoreMetricsParams) {
  const attributes = new Set(engineConfigs.flatMap(({ customMetrics }) => customMetrics.map((m) => m.attributeKey)));
  return [
    waitingQueueSize,
    runningRequestsSize,
    kvCacheUsage,
    cacheBlockSize,
    cacheNumBlocks,
    maxActiveModels,
    activeModels,
    waitingModels,
    ...[...attributes].map(customKey),
  ] as const;
}

/**
 * Turns a model server's metrics page into load data: waiting and running requests, KV-cache use and shape, LoRA
 * adapters, and numbers of your own. What a page does not tell keeps its value and grows old.
 */
export const coreMetricsExtractor = defineExtractor({
  type: 'core-metrics-extractor',
  description: 'Reads load, KV cache and LoRA adapters from the metrics of vLLM, SGLang, TensorRT-LLM and Triton.',
  params: coreMetricsParams,
  // It reads what it wrote last, to tell whether anything has changed.
  reads: keysOf,
  writes: keysOf,
  create: ({ params, name, read, write, log }) => {
    const engines = new Map([...builtInEngines, ...params.engineConfigs].map((config) => [config.name, config]));
    const fallback = engines.get(params.defaultEngine)!;
    const missing = new MissingMetrics(log, name);
    const fields = {
      queued: numberField(read(waitingQueueSize), write(waitingQueueSize)),
      running: numberField(read(runningRequestsSize), write(runningRequestsSize)),
      kvUsage: numberField(read(kvCacheUsage), write(kvCacheUsage)),
      blockSize: numberField(read(cacheBlockSize), write(cacheBlockSize)),
      numBlocks: numberField(read(cacheNumBlocks), write(cacheNumBlocks)),
      maxLora: numberField(read(maxActiveModels), write(maxActiveModels)),
      runningLora: setField(read(activeModels), write(activeModels)),
      waitingLora: setField(read(waitingModels), write(waitingModels)),
    };
    const custom = new Map(
      params.engineConfigs
        .flatMap(({ customMetrics }) => customMetrics)
        .map(({ attributeKey }) => {
          const key = customKey(attributeKey);
          return [attributeKey, numberField(read(key), write(key))] as const;
        }),
    );

    function engineOf({ labels }: Endpoint): EngineConfig {
      return engines.get(labels[params.engineLabelKey] || labels[OLD_LABEL] || '') ?? fallback;
    }

    return {
      extract(payload, endpoint) {
        const page = MetricsPage.of(payload);
        const engine = engineOf(endpoint);
        const failed: string[] = [];
        let changed = false;
        const put = (field: NumberField, value: number | undefined) => {
          if (value !== undefined && field(endpoint, value)) changed = true;
        };

        put(fields.queued, countOf(page, engine.queuedRequestsSpec, failed));
        put(fields.running, countOf(page, engine.runningRequestsSpec, failed));
        put(fields.kvUsage, readingOf(page, engine.kvUsageSpec, failed));

        const { loraSpec, cacheInfoSpec } = engine;
        const lora = loraSpec === undefined ? undefined : readLoraAdapters(page, loraSpec);
        if (lora !== undefined) {
          if (fields.runningLora(endpoint, lora.running)) changed = true;
          if (fields.waitingLora(endpoint, lora.waiting)) changed = true;
          put(fields.maxLora, integerOf(lora.max, 'max_lora', failed));
        }

        const info = cacheInfoSpec === undefined ? undefined : find(page, cacheInfoSpec, failed);
        if (info !== undefined) {
          const size = engine.cacheBlockSizeLabelName;
          const blocks = engine.cacheNumBlocksLabelName;
          put(fields.blockSize, integerOf(info.label(size), size, failed) ?? 0);
          put(fields.numBlocks, integerOf(info.label(blocks), blocks, failed));
        }
        put(fields.blockSize, countOf(page, engine.cacheBlockSizeSpec, failed));
        put(fields.numBlocks, countOf(page, engine.cacheNumBlocksSpec, failed));
        for (const { attributeKey, metricSpec } of engine.customMetrics) {
          put(custom.get(attributeKey)!, readingOf(page, metricSpec, failed));
        }

        missing.report(endpoint, failed);
        return changed;
      },
      endpointRemoved: (endpoint) => missing.forget(endpoint),
      inspect: () => missing.shown(),
    };
  },
});

function setField(
  column: ValueColumn<ReadonlySet<string>>,
  writer: EndpointWriter<typeof activeModels> | EndpointWriter<typeof waitingModels>,
) {
  return (endpoint: Endpoint, names: readonly string[]): boolean => {
    const before = column.values[endpoint.row];
    const next = new Set(names);
    const same = before?.size === next.size && names.every((name) => before.has(name));
    writer.set(endpoint, same ? before : next);
    return !same;
  };
}

function find(page: MetricsPage, selector: MetricSelector, failed: string[]): Sample | undefined {
  const sample = page.newest(selector);
  if (sample === undefined) {
    const { name } = selector;
    failed.push(`${name} is ${page.has(name) ? 'there, but not with the wanted labels' : 'missing'}`);
  }
  return sample;
}

function readingOf(page: MetricsPage, selector: MetricSelector | undefined, failed: string[]): number | undefined {
  return selector === undefined ? undefined : find(page, selector, failed)?.value;
}

function countOf(page: MetricsPage, selector: MetricSelector | undefined, failed: string[]): number | undefined {
  const value = readingOf(page, selector, failed);
  if (value === undefined || Number.isFinite(value)) return value === undefined ? undefined : Math.trunc(value);
  failed.push(`${selector!.name} is ${value}, which is no count`);
  return undefined;
}

function integerOf(text: string | undefined, label: string, failed: string[]): number | undefined {
  if (text === undefined || text === '') return undefined;
  if (/^[+-]?\d+$/.test(text)) return Number(text);
  failed.push(`label ${label} is ${excerpt(text)}, which is no whole number`);
  return undefined;
}
