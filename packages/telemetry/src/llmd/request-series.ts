import type { InferenceRequest } from '@pointsman/core';
import { DEFAULT_FLOW, fairnessIdOf } from '@pointsman/inference-api';
import type { Labels } from '../series/labels.ts';
import { OTHER, type Series, SeriesTable } from '../series/series-table.ts';
import { RequestNumbers } from './request-numbers.ts';

/** The labels of a request, under llm-d's names. */
const REQUEST_LABELS = ['model_name', 'target_model_name', 'fairness_id', 'priority'] as const;

/** So many combinations of labels are kept apart. Each is some 250 lines of the page. */
const LIMIT = 1000;
/** From here on new ones are told apart by their models only: clients make up fairness ids more often than models. */
const FAIRNESS_LIMIT = 900;
/** Characters of a value; clients choose how long a name is. */
const VALUE_LIMIT = 256;
/** Combinations that nobody has asked for in that time make room for new ones. */
const IDLE_MS = 3_600_000;

/** What a request is counted by. */
export type CountedRequest = Pick<InferenceRequest, 'model' | 'targetModel' | 'headers' | 'priority'>;

/** The numbers of requests by their labels: of a limited number, because clients choose models and fairness ids. */
export class RequestSeries {
  readonly #table: SeriesTable<RequestNumbers>;
  readonly #nowMs: () => number;

  /** @param nowMs a clock that is never set back */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#table = new SeriesTable<RequestNumbers>({
      labelNames: REQUEST_LABELS,
      create: () => new RequestNumbers(),
      limit: FAIRNESS_LIMIT,
      fold: (labels, size) => (size < LIMIT ? { ...labels, fairness_id: OTHER } : ALL_OTHER),
      isAlive: ({ value }) => value.running > 0 || nowMs() - value.seenAtMs < IDLE_MS,
    });
  }

  of({ model, targetModel, headers, priority }: CountedRequest): Series<RequestNumbers> {
    const series = this.#table.of({
      model_name: short(model),
      target_model_name: short(targetModel),
      fairness_id: short(fairnessIdOf(headers) ?? DEFAULT_FLOW),
      priority: String(priority),
    })!;
    series.value.seenAtMs = this.#nowMs();
    return series;
  }

  values(): IterableIterator<Series<RequestNumbers>> {
    return this.#table.values();
  }
}

const ALL_OTHER: Labels = Object.fromEntries(REQUEST_LABELS.map((name) => [name, OTHER]));

function short(value: string): string {
  return value.length > VALUE_LIMIT ? OTHER : value;
}
