import type { Logger, RequestInput, Scheduler } from '@pointsman/core';
import type { Parser, RequestHeaders, RequestTracing } from '@pointsman/inference-api';
import type { PickerDurations } from '../metrics/picker-durations.ts';
import type { Headers } from '../wire/messages.ts';

/** How an endpoint picker places requests. */
export interface EndpointPickerOptions {
  readonly scheduler: Scheduler;
  /** Which APIs are understood, in order; default `defaultParsers`. */
  readonly parsers?: readonly Parser[];
  /** True takes any endpoint, whatever the proxy's subset hint says. */
  readonly ignoresSubset?: boolean;
  /**
   * Whether `x-llm-d-model-name-rewrite` changes the model. Default true: a gateway in front sets it, and must remove
   * what clients send under this name.
   */
  readonly honoursModelRewrite?: boolean;
  /** True tells the proxy what every scored endpoint scored. Costs an explanation for each request. */
  readonly emitsScores?: boolean;
  /**
   * Lower-case names of control headers of clients that go on to model servers, such as `x-llm-d-inference-objective`;
   * default none. Plugins read them either way.
   */
  readonly passedHeaders?: readonly string[];
  /**
   * Priority of a request by its headers, such as `priorityOf` of a configured scheduler, which knows objectives. Default:
   * 0 for all.
   */
  readonly priorityOf?: (headers: RequestHeaders) => number;
  /** A last look at each request. What it returns is scheduled. */
  readonly amendRequest?: (input: RequestInput, headers: Headers) => RequestInput;
  /** Measures how long the picker takes for a request. */
  readonly durations?: PickerDurations;
  /** Traces requests, and hands their trace on to model servers; see `createRequestTracing` of `@pointsman/telemetry/tracing`. */
  readonly tracing?: RequestTracing;
  readonly log?: Logger;
}
