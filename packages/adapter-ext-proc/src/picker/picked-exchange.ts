import type { Call, Endpoint, Scheduler, Usage } from '@pointsman/core';
import {
  type InferenceApi,
  modelRewriterFor,
  ResponseMeter,
  type ResponseModelRewriter,
} from '@pointsman/inference-api';
import { DESTINATION } from '../reply/destination.ts';
import { type HeaderEdits, NO_EDITS } from '../reply/header-edits.ts';
import type { Refusal } from '../reply/refusal.ts';
import { toStruct } from '../reply/struct.ts';
import type { Exchange, FilterMetadata, ResponseHead } from '../stream/processor.ts';
import { BODY_MODE, type BodyMode, type Struct } from '../wire/messages.ts';
import { refusalOf } from './refusal-of.ts';

/** A placed request, until its response has come to its end. */
export interface PickedExchangeOptions {
  readonly scheduler: Scheduler;
  readonly call: Call;
  readonly api: InferenceApi;
  /** The model that the client asked for, and the one that the model server knows; equal unless it was changed. */
  readonly model: string;
  readonly targetModel: string;
  readonly responseBodyMode: BodyMode;
}

const EMPTY = new Uint8Array(0);

/** Follows the response to a placed request, and turns a changed model name back. */
export class PickedExchange implements Exchange {
  readonly #options: PickedExchangeOptions;
  readonly #call: Call;
  readonly #isRenamed: boolean;
  #meter: ResponseMeter | undefined;
  #rewriter: ResponseModelRewriter | undefined;
  #usage: Usage | undefined;
  #isComplete = false;

  constructor(options: PickedExchangeOptions) {
    this.#options = options;
    this.#call = options.call;
    this.#isRenamed = options.model !== options.targetModel && options.model !== '';
  }

  get needsBody(): boolean {
    return this.#isRenamed || this.#call.readsResponseBody;
  }

  responseHeaders(head: ResponseHead): HeaderEdits {
    const edits = this.#call.responseHeaders(head.status, head.headers, this.#served(head.metadata));
    const { responseBodyMode, api } = this.#options;
    const comes = responseBodyMode !== BODY_MODE.NONE;
    if (comes) this.#meter = ResponseMeter.for(this.#call, api, head);
    const renames = comes && this.#isRenamed && this.#rename(head);
    const names = Object.keys(edits);
    if (names.length === 0 && !renames) return NO_EDITS;
    const set: Record<string, string> = {};
    // The length is that of the model server's name.
    const remove: string[] = renames && head.headers['content-length'] !== undefined ? ['content-length'] : [];
    for (const name of names) {
      if (edits[name] === '') remove.push(name);
      else set[name] = edits[name]!;
    }
    return { set, remove };
  }

  responseBody(chunk: Uint8Array): Uint8Array {
    this.#meter?.push(chunk);
    return this.#rewriter === undefined ? chunk : this.#rewriter.push(chunk);
  }

  flushBody(): Uint8Array {
    const rest = this.#rewriter?.end() ?? EMPTY;
    this.#rewriter = undefined;
    return rest;
  }

  complete(): Struct | undefined {
    if (this.#isComplete) return undefined;
    this.#isComplete = true;
    this.#read();
    const metadata = this.#call.complete(this.#usage);
    return Object.keys(metadata).length === 0 ? undefined : toStruct(metadata);
  }

  onEvicted(listener: (refusal: Refusal) => void): void {
    this.#call.onEvicted((why) => listener(refusalOf(why)));
  }

  end(status: 'ok' | 'aborted'): void {
    this.#read();
    this.#call.end(this.#usage === undefined ? { status } : { status, usage: this.#usage });
  }

  #read(): void {
    this.#usage ??= this.#meter?.finish();
    this.#meter = undefined;
  }

  #rename({ headers }: ResponseHead): boolean {
    const { model: to, targetModel: from, responseBodyMode } = this.#options;
    // Where each chunk must be answered, nothing can be held back: nobody knows whether another one comes.
    const holdBytes = responseBodyMode === BODY_MODE.STREAMED ? 0 : undefined;
    this.#rewriter = modelRewriterFor(headers, { from, to, holdBytes });
    return this.#rewriter !== undefined;
  }

  /** Who answered, where the proxy says so: it may have gone on to a fallback by itself. */
  #served(metadata: FilterMetadata): Endpoint | undefined {
    const named = metadata[DESTINATION.namespace]?.fields[DESTINATION.served]?.stringValue;
    const { target, fallbacks, pool } = this.#call.decision;
    if (named === undefined) return undefined;
    if (named === target.hostPort) return target;
    const isServed = ({ hostPort }: Endpoint) => hostPort === named;
    return fallbacks.find(isServed) ?? this.#options.scheduler.pools.get(pool)?.endpoints().find(isServed);
  }
}
