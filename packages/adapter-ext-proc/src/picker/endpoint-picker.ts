import { randomUUID } from 'node:crypto';
import { type Call, type Logger, type RequestInput, type Scheduler, silentLogger } from '@pointsman/core';
import {
  defaultParsers,
  type ParsedRequest,
  type Parser,
  type RequestTrace,
  rewriteModel,
} from '@pointsman/inference-api';
import { DESTINATION, destinationOf } from '../reply/destination.ts';
import type { HeaderEdits } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import { type Tellable, toStruct } from '../reply/struct.ts';
import type { Onward, Processor, ProxiedRequest } from '../stream/processor.ts';
import type { Headers } from '../wire/messages.ts';
import { MODEL_REWRITE_HEADERS, withheldHeaders } from './control-headers.ts';
import { endpointScores } from './endpoint-scores.ts';
import { PickedExchange } from './picked-exchange.ts';
import type { EndpointPickerOptions } from './picker-options.ts';
import { type ReadRequest, readRequest } from './read-request.ts';
import { isInternal, refusalOf } from './refusal-of.ts';
import { subsetHint } from './subset-hint.ts';

const NO_MODEL: Refusal = { refused: 400, message: 'model not found in request body' };

/** What is sent on, and under which names the model is known. */
interface Prepared {
  readonly id: string;
  readonly hasOwnId: boolean;
  readonly input: RequestInput;
  /** Undefined unless the body changed. */
  readonly body: Uint8Array | undefined;
}

/** Places requests through a scheduler: the brain of an endpoint picker. */
export class EndpointPicker implements Processor {
  readonly #options: EndpointPickerOptions;
  readonly #scheduler: Scheduler;
  readonly #parsers: readonly Parser[];
  readonly #withheld: ReadonlySet<string>;
  readonly #log: Logger;

  constructor(options: EndpointPickerOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler;
    this.#parsers = options.parsers ?? defaultParsers;
    this.#withheld = withheldHeaders(options.passedHeaders ?? []);
    this.#log = options.log ?? silentLogger;
  }

  process(request: ProxiedRequest, signal: () => AbortSignal): Refusal | Promise<Onward | Refusal> {
    const { durations } = this.#options;
    if (durations === undefined) return this.#answer(request, signal);
    const startedMs = performance.now();
    const answer = this.#answer(request, signal);
    if (answer instanceof Promise) return answer.finally(() => durations.processed(startedMs));
    durations.processed(startedMs);
    return answer;
  }

  #answer(request: ProxiedRequest, signal: () => AbortSignal): Refusal | Promise<Onward | Refusal> {
    let read: ReadRequest;
    let prepared: Prepared | undefined;
    const trace = this.#options.tracing?.begin(request.headers);
    try {
      read = readRequest(request, this.#parsers);
      prepared = this.#prepare(request, read);
    } catch (error) {
      return this.#refuse(error, request.headers['x-request-id'] ?? '', trace);
    }
    if (prepared === undefined) {
      trace?.refused(NO_MODEL.refused, NO_MODEL.message);
      return NO_MODEL;
    }
    return this.#place(request, read, prepared, signal(), trace);
  }

  async #place(
    request: ProxiedRequest,
    { api }: ReadRequest,
    prepared: Prepared,
    signal: AbortSignal,
    trace: RequestTrace | undefined,
  ): Promise<Onward | Refusal> {
    const { input, body } = prepared;
    let call: Call;
    try {
      call = await this.#scheduler.schedule(input, { signal });
    } catch (error) {
      return this.#refuse(error, prepared.id, trace);
    }
    const { model = '', targetModel = model } = input;
    const destination = destinationOf(call.decision);
    const told: Record<string, Tellable> = { [DESTINATION.endpoint]: destination };
    if (this.#options.emitsScores === true) {
      told[DESTINATION.scores] = endpointScores(call.decision, this.#scheduler);
    }
    return {
      edits: this.#edits(request, prepared, call, destination, trace?.headers),
      body,
      metadata: toStruct({ [DESTINATION.namespace]: told }),
      clearsRoute: true,
      // Counting tokens costs a model server nothing worth following.
      followsResponse: api !== 'anthropic.count_tokens',
      exchange: new PickedExchange({
        scheduler: this.#scheduler,
        call,
        api,
        model: body === undefined ? targetModel : model,
        targetModel,
        responseBodyMode: request.responseBodyMode,
      }),
    };
  }

  /** @returns undefined when the request must name a model and does not */
  #prepare({ headers, metadata, extent }: ProxiedRequest, { path, parsed }: ReadRequest): Prepared | undefined {
    const given = headers['x-request-id'];
    // An empty id would make all such requests one.
    const hasOwnId = given !== undefined && given !== '';
    const id = hasOwnId ? given : randomUUID();
    const model = parsed.model ?? '';
    const canRename = parsed.supportsModelRewrite && parsed.json !== undefined && extent === 'whole';
    const described: RequestInput = {
      id,
      model,
      targetModel: (canRename && this.#rewriteOf(headers)) || model,
      headers,
      path,
      stream: parsed.stream,
      priority: this.#options.priorityOf?.(headers) ?? 0,
      maxOutputTokens: parsed.maxOutputTokens,
      subset: this.#options.ignoresSubset === true ? undefined : subsetHint(metadata),
      payload: parsed,
    };
    const { amendRequest } = this.#options;
    const input = amendRequest === undefined ? described : amendRequest(described, headers);
    if (canRename && !input.targetModel) return undefined;
    return { id, hasOwnId, input, body: canRename ? changedBody(parsed, input) : undefined };
  }

  #rewriteOf(headers: Headers): string | undefined {
    if (this.#options.honoursModelRewrite === false) return undefined;
    const [name, alias] = MODEL_REWRITE_HEADERS;
    return headers[name] ?? headers[alias];
  }

  #edits(
    { headers, hasHeaders }: ProxiedRequest,
    prepared: Prepared,
    call: Call,
    destination: string,
    traced: RequestTrace['headers'] | undefined,
  ): HeaderEdits {
    const decided = call.decision.headers;
    const set: Record<string, string> = { [DESTINATION.endpoint]: destination };
    const remove: string[] = [];
    if (hasHeaders && !prepared.hasOwnId) set['x-request-id'] = prepared.id;
    for (const name in decided) if (decided[name] !== '') set[name] = decided[name]!;
    for (const name in traced) if (traced[name] !== '') set[name] = traced[name]!;
    for (const name in headers) {
      if (name in set) continue;
      if (this.#withheld.has(name) || decided[name] === '' || traced?.[name] === '') remove.push(name);
    }
    return { set, remove };
  }

  #refuse(error: unknown, request: string, trace: RequestTrace | undefined): Refusal {
    if (isInternal(error)) this.#log.error('a request could not be placed', { request, error: String(error) });
    const refusal = refusalOf(error);
    trace?.refused(refusal.refused, refusal.message);
    return refusal;
  }
}

function changedBody(parsed: ParsedRequest, { targetModel = '' }: RequestInput): Uint8Array | undefined {
  if (targetModel === (parsed.model ?? '')) return undefined;
  const body = rewriteModel(parsed.body, targetModel);
  return body === parsed.body ? undefined : body;
}
