import type { ServerResponse } from 'node:http';
import type { Sequence } from '../engine/sequence.ts';
import { ApiError } from './api-error.ts';
import type { RequestFaults } from './fault-switch.ts';
import type { AnswerForm, Choice, GenerationRequest } from './generation-request.ts';
import { planChoice } from './plan-choice.ts';
import { sendJson } from './send.ts';
import type { SimContext } from './sim-context.ts';

/**
 * Runs a request through the engine and answers it, streamed or at once. A client that goes away frees what it holds.
 * @throws ApiError when the engine cannot take it; nothing is left in the engine then
 */
export function answer(
  request: GenerationRequest,
  form: AnswerForm,
  faults: RequestFaults,
  response: ServerResponse,
  context: SimContext,
): void {
  new Answer(request, form, faults, response, context).submit();
}

class Answer {
  readonly #request: GenerationRequest;
  readonly #form: AnswerForm;
  readonly #faults: RequestFaults;
  readonly #response: ServerResponse;
  readonly #context: SimContext;
  readonly #choices: Choice[] = [];
  readonly #sequences: Sequence[] = [];
  /** By prompt; what its first choice found. */
  readonly #cached: number[] = [];
  #unfinished: number;
  #tokens = 0;
  #isOver = false;

  constructor(
    request: GenerationRequest,
    form: AnswerForm,
    faults: RequestFaults,
    response: ServerResponse,
    context: SimContext,
  ) {
    this.#request = request;
    this.#form = form;
    this.#faults = faults;
    this.#response = response;
    this.#context = context;
    this.#unfinished = request.prompts.length * request.copies;
  }

  submit(): void {
    for (let index = 0, count = this.#unfinished; index < count; index++) {
      const choice = planChoice(this.#request, index, this.#context);
      this.#choices.push(choice);
    }
    for (const choice of this.#choices) {
      const sequence = this.#submitChoice(choice);
      if (typeof sequence !== 'string') {
        this.#sequences.push(sequence);
        continue;
      }
      this.#cancel();
      if (sequence === 'queue-full') {
        throw new ApiError(429, 'Failed to enqueue request, waiting requests queue is full');
      }
      throw new ApiError(500, 'the kv cache does not have sufficient capacity to store this request');
    }
    this.#response.once('close', () => this.#cancel());
  }

  #submitChoice(choice: Choice) {
    const { engine, clock, metrics } = this.#context;
    const request = this.#request;
    const prompt = request.prompts[choice.promptIndex]!;
    const arrivedMs = clock.now();
    let startedMs = arrivedMs;
    let firstTokenMs: number | undefined;
    let lastTokenMs = arrivedMs;
    return engine.submit({
      prompt: prompt.tokens,
      outputTokens: choice.tokens.length,
      adapter: request.adapter,
      cacheSalt: request.cacheSalt,
      remotePrefill: request.remotePrefill,
      cacheHitThreshold: request.cacheHitThreshold,
      slowdown: this.#faults.slowdown,
      listener: {
        started: (cachedTokens, atMs, queuedMs) => {
          startedMs = atMs;
          metrics.started(queuedMs);
          this.#cached[choice.promptIndex] ??= cachedTokens;
        },
        token: (index, atMs) => {
          if (index === 0) {
            firstTokenMs = atMs;
            metrics.firstToken(atMs - startedMs);
          } else {
            metrics.nextToken(atMs - lastTokenMs);
          }
          lastTokenMs = atMs;
          this.#token(choice, index);
        },
        ended: (why, endedMs) => {
          if (why === 'cache-threshold') {
            startedMs = endedMs;
            choice.finishReason = 'cache_threshold';
            choice.outputTokens = 0;
          }
          metrics.finished(
            { arrivedMs, startedMs, firstTokenMs, endedMs },
            prompt.tokens.length,
            choice.outputTokens,
            request.maxTokens,
            choice.finishReason,
          );
          this.#finish(choice);
        },
      },
    });
  }

  #token(choice: Choice, index: number): void {
    if (this.#faults.diesAt !== undefined && this.#tokens >= this.#faults.diesAt) {
      this.#die(this.#form.token(choice, index));
      return;
    }
    this.#tokens++;
    if (!this.#request.stream) return;
    if (index === 0) this.#write(this.#form.start(choice));
    this.#write(this.#form.token(choice, index));
  }

  #finish(choice: Choice): void {
    this.#unfinished--;
    if (this.#isOver) return;
    // An answer shorter than the fault asks for dies at its end.
    if (this.#unfinished === 0 && this.#faults.diesAt !== undefined) {
      this.#die(this.#form.finish(choice));
      return;
    }
    if (this.#request.stream) {
      if (choice.tokens.length === 0 && choice.finishReason !== 'cache_threshold')
        this.#write(this.#form.start(choice));
      this.#write(this.#form.finish(choice));
    }
    if (this.#unfinished > 0) return;
    this.#isOver = true;
    const usage = this.#usage();
    if (this.#request.stream) this.#response.end(this.#form.end(this.#choices, usage));
    else sendJson(this.#response, 200, this.#form.body(this.#choices, usage));
  }

  #usage() {
    const prompts = this.#request.prompts.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const outputs = this.#choices.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
    const isRefused = this.#choices.every(({ finishReason }) => finishReason === 'cache_threshold');
    return {
      promptTokens: prompts,
      outputTokens: outputs,
      cachedTokens: isRefused ? undefined : this.#cached.reduce((sum, cached) => sum + (cached ?? 0), 0),
    };
  }

  #write(text: string): void {
    if (text === '' || this.#isOver) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#response.write(text);
  }

  /** Breaks the connection: before anything was sent, or in the middle of what would be sent next. */
  #die(nextEvent: string): void {
    if (this.#isOver) return;
    this.#cancel();
    if (this.#faults.diesAt === 0) {
      this.#response.destroy();
      return;
    }
    let next = nextEvent;
    if (!this.#request.stream) {
      next = JSON.stringify(this.#form.body(this.#choices, this.#usage()));
      this.#response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(next) });
    }
    this.#response.write(next.slice(0, 1 + next.length / 2), () => this.#response.destroy());
  }

  #cancel(): void {
    this.#isOver = true;
    for (const sequence of this.#sequences) sequence.cancel();
  }
}
