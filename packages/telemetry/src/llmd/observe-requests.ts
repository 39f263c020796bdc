import type { Decision, InferenceRequest, Scheduler } from '@pointsman/core';
import type { ParsedRequest } from '@pointsman/inference-api';
import type { Series } from '../series/series-table.ts';
import type { DecisionCounts } from './decision-counts.ts';
import type { RequestNumbers } from './request-numbers.ts';
import type { RequestSeries } from './request-series.ts';

/** Where the numbers of a request are kept while it runs. */
export type OpenRequests = Pick<WeakMap<Decision, Series<RequestNumbers>>, 'get'>;

/** Counts requests from their decision, or refusal, to their end; and the decisions. */
export function observeRequests(scheduler: Scheduler, series: RequestSeries, decisions: DecisionCounts): OpenRequests {
  // A request ends where it began, also when its labels would be folded otherwise by then.
  const open = new WeakMap<Decision, Series<RequestNumbers>>();
  scheduler
    .on('decision', (decision, request) => {
      const found = series.of(request);
      open.set(decision, found);
      found.value.requests++;
      found.value.running++;
      const bytes = bodyBytes(request);
      if (bytes !== undefined) found.value.sent(bytes);
      decisions.placed(found.labels, decision, request);
    })
    .on('rejected', ({ request, error }) => {
      const { labels, value } = series.of(request);
      value.requests++;
      value.failed(error.code);
      decisions.refused(labels);
    })
    .on('ended', (decision, outcome, request) => {
      const numbers = open.get(decision)?.value;
      // One that began before anybody looked.
      if (numbers === undefined) return;
      numbers.running--;
      numbers.ended(outcome, request);
    });
  return open;
}

function bodyBytes({ payload }: InferenceRequest): number | undefined {
  return ((payload ?? {}) as Partial<ParsedRequest>).body?.length;
}
