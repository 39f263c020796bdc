import type { Registry } from 'prom-client';
import { addFamily } from '../series/add-family.ts';
import type { Distribution } from '../series/distribution.ts';
import type { Sample } from '../series/family.ts';
import type { Labels } from '../series/labels.ts';
import type { RequestNumbers } from './request-numbers.ts';
import type { RequestSeries } from './request-series.ts';

/** Puts the numbers of requests on the page, under the names and labels of llm-d's endpoint picker. */
export function addRequestFamilies(series: RequestSeries, registry: Registry): void {
  const histogram = (name: string, help: string, of: (numbers: RequestNumbers) => Distribution | undefined) =>
    addFamily(registry, {
      name,
      help,
      type: 'histogram',
      *samples(): Generator<Sample> {
        for (const { labels, value } of series.values()) {
          const distribution = of(value);
          if (distribution !== undefined) yield [labels, distribution];
        }
      },
    });
  addFamily(registry, {
    name: 'llm_d_epp_request_total',
    help: 'Requests, also those that were refused.',
    type: 'counter',
    *samples(): Generator<Sample> {
      for (const { labels, value } of series.values()) yield [labels, value.requests];
    },
  });
  addFamily(registry, {
    name: 'llm_d_epp_request_error_total',
    help: 'Requests that were refused, or failed at the model server, by code.',
    type: 'counter',
    *samples(): Generator<Sample> {
      for (const { labels, value } of series.values()) {
        for (const [code, count] of value.errors) yield [{ ...labels, error_code: code }, count];
      }
    },
  });
  addFamily(registry, {
    name: 'llm_d_epp_request_running',
    help: 'Requests that run now.',
    type: 'gauge',
    *samples(): Generator<Sample> {
      for (const { labels, value } of series.values()) yield [labels, value.running];
    },
  });
  histogram(
    'llm_d_epp_request_duration_seconds',
    'Time from the decision to the end of the response.',
    ({ duration }) => duration,
  );
  histogram(
    'llm_d_epp_request_size_bytes',
    'Bytes of the bodies of requests, as far as they were seen.',
    ({ requestBytes }) => requestBytes,
  );
  histogram(
    'llm_d_epp_response_size_bytes',
    'Bytes of the bodies of responses that say how long they are.',
    ({ responseBytes }) => responseBytes,
  );
  addFamily(registry, {
    name: 'llm_d_epp_request_ttft_seconds',
    help: 'Time from the decision to the first token.',
    type: 'histogram',
    *samples(): Generator<Sample> {
      for (const { labels, value } of series.values()) {
        if (value.streamedFirstToken !== undefined) yield [streaming(labels, true), value.streamedFirstToken];
        if (value.otherFirstToken !== undefined) yield [streaming(labels, false), value.otherFirstToken];
      }
    },
  });
  histogram(
    'llm_d_epp_request_ntpot_seconds',
    'Time from the decision to the end, by the number of output tokens.',
    ({ perToken }) => perToken,
  );
  histogram(
    'llm_d_epp_request_streaming_tpot_seconds',
    'Time from the first token of a stream to its end, by the number of tokens after the first.',
    ({ perLaterToken }) => perLaterToken,
  );
  histogram(
    'llm_d_epp_request_streaming_itl_seconds',
    'Time between two pieces of a stream with tokens in them.',
    ({ betweenChunks }) => betweenChunks,
  );
  histogram(
    'llm_d_epp_request_input_tokens',
    'Prompt tokens that the model server reported.',
    ({ inputTokens }) => inputTokens,
  );
  histogram(
    'llm_d_epp_request_output_tokens',
    'Output tokens that the model server reported.',
    ({ outputTokens }) => outputTokens,
  );
  histogram(
    'llm_d_epp_request_cached_tokens',
    'Prompt tokens that came from the prefix cache, as the model server reported.',
    ({ cachedTokens }) => cachedTokens,
  );
}

function streaming(labels: Labels, isStream: boolean): Labels {
  return { ...labels, streaming: String(isStream) };
}
