import type { Metrics } from '@pointsman/core';
import { BodyRouterMetrics } from '../metrics/body-router-metrics.ts';
import type { HeaderEdits } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import type { Onward, Processor, ProxiedRequest } from '../stream/processor.ts';
import type { Headers } from '../wire/messages.ts';

/** Adapters (LoRA and the like) by the base model on which they run. */
export type BaseModels = Readonly<Record<string, readonly string[]>>;

/** What a body router lifts out of bodies. */
export interface BodyRouterOptions {
  /** Top-level fields of JSON bodies that become headers; default `model` as `X-Gateway-Model-Name`. */
  readonly fields?: readonly { readonly field: string; readonly header: string }[];
  /**
   * Looks up the base model of the `model` in a body. A base model is its own base; a model that is not listed has none.
   * May be a function, for mappings that change while the router runs. Default: no mapping, and no header for it.
   */
  readonly baseModels?: BaseModels | (() => BaseModels);
  /** Header for the base model; default `X-Gateway-Base-Model-Name`. */
  readonly baseModelHeader?: string;
  /** Counts what is found in bodies. */
  readonly metrics?: Metrics;
}

const EMPTY: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Body-based routing: lifts fields of a request's body into headers, so that routes in front of pools can match on the
 * model. Headers of these names that the client sends are overwritten or removed. For `createExtProcServer`.
 */
export function createBodyRouter(options: BodyRouterOptions = {}): Processor {
  return new BodyRouter(options);
}

class BodyRouter implements Processor {
  readonly #fields: readonly { readonly field: string; readonly header: string }[];
  readonly #baseModels: (() => BaseModels) | undefined;
  readonly #baseModelHeader: string;
  readonly #metrics: BodyRouterMetrics | undefined;

  constructor({ fields, baseModels, baseModelHeader, metrics }: BodyRouterOptions) {
    this.#metrics = metrics && new BodyRouterMetrics(metrics);
    this.#fields = (fields ?? [{ field: 'model', header: 'X-Gateway-Model-Name' }]).map(({ field, header }) => ({
      field,
      header: header.toLowerCase(),
    }));
    this.#baseModels = typeof baseModels === 'object' ? () => baseModels : baseModels;
    this.#baseModelHeader = (baseModelHeader ?? 'X-Gateway-Base-Model-Name').toLowerCase();
  }

  process(request: ProxiedRequest): Onward | Refusal {
    let body: Readonly<Record<string, unknown>>;
    try {
      body = objectIn(request);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { refused: 400, message: `failed to parse request body: ${why}` };
    }
    this.#metrics?.succeeded();
    // The stream ends with the request: responses cost nothing.
    return { edits: this.#edits(body, request.headers), clearsRoute: true, followsResponse: false };
  }

  #edits(body: Readonly<Record<string, unknown>>, headers: Headers): HeaderEdits {
    const set: Record<string, string> = {};
    const remove: string[] = [];
    const put = (header: string, value: string) => {
      if (value !== '') set[header] = value;
      else if (headers[header] !== undefined) remove.push(header);
    };
    for (const { field, header } of this.#fields) {
      const text = textOf(body[field]);
      if (text === '') this.#metrics?.lacking(field, body[field]);
      put(header, text);
    }
    if (this.#baseModels !== undefined) put(this.#baseModelHeader, baseOf(textOf(body.model), this.#baseModels()));
    return { set, remove };
  }
}

/**
 * The fields of a JSON body; none when the body is something else, or is not there.
 * @throws SyntaxError for a body that should be JSON and is not
 */
function objectIn({ headers, body, extent }: ProxiedRequest): Readonly<Record<string, unknown>> {
  const type = headers['content-type'];
  const isJson = type === undefined || /\bjson\b/i.test(type);
  if (!isJson || body.length === 0) return EMPTY;
  try {
    const value: unknown = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
    return typeof value === 'object' && value !== null ? { ...value } : EMPTY;
  } catch (error) {
    if (extent === 'perhaps-cut') return EMPTY;
    throw error;
  }
}

function textOf(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? '' : JSON.stringify(value);
    default:
      return '';
  }
}

function baseOf(model: string, bases: BaseModels): string {
  if (Object.hasOwn(bases, model)) return model;
  for (const base in bases) if (bases[base]!.includes(model)) return base;
  return '';
}
