import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Call, ResponseEdits, Usage } from '@pointsman/core';
import { ClientWriter, isWholeDespite } from '@pointsman/http-relay';
import {
  type InferenceApi,
  modelRewriterFor,
  ResponseMeter,
  type ResponseModelRewriter,
} from '@pointsman/inference-api';
import type { Dispatcher } from 'undici';
import { clientHeaders } from './client-headers.ts';
import type { RenamedModel } from './renamed-model.ts';

/** For whom an answer is, and what has to become of it. */
export interface AnsweredRequest {
  readonly response: ServerResponse;
  readonly id: string;
  readonly api: InferenceApi;
  readonly call: Call;
  readonly renamed: RenamedModel | undefined;
}

/** What a model server's answer begins with. */
export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: IncomingHttpHeaders;
}

/** The answer of a model server on its way to the client: what it tells is read, the client's name of the model is put back. */
export class ForwardedAnswer {
  readonly #status: number;
  readonly #writer: ClientWriter;
  readonly #rewriter: ResponseModelRewriter | undefined;
  #meter: ResponseMeter | undefined;
  #usage: Usage | undefined;

  private constructor(
    status: number,
    writer: ClientWriter,
    rewriter: ResponseModelRewriter | undefined,
    meter: ResponseMeter | undefined,
  ) {
    this.#status = status;
    this.#writer = writer;
    this.#rewriter = rewriter;
    this.#meter = meter;
  }

  /**
   * Sends the headers.
   * @param edits what plugins set
   * @throws when they cannot be sent; nothing was then
   */
  static begin(
    { response, id, api, call, renamed }: AnsweredRequest,
    head: AnswerHead,
    edits: ResponseEdits,
    source: Dispatcher.DispatchController,
    stallMs: number,
  ): ForwardedAnswer {
    const { status, statusText, headers } = head;
    const rewriter = renamed === undefined ? undefined : modelRewriterFor(headers, renamed);
    // Names differ in length; and 204 has no body that could be long.
    const hasLength = rewriter === undefined && status !== 204;
    const forClient = clientHeaders(headers, id, call.decision, edits, hasLength);
    const writer = new ClientWriter(response, source, stallMs);
    writer.begin(status, statusText, forClient, hasLength ? headers['content-length'] : undefined);
    return new ForwardedAnswer(status, writer, rewriter, ResponseMeter.for(call, api, head));
  }

  /** The token counts that the model server has reported. */
  get usage(): Usage | undefined {
    return this.#usage;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rewriter === undefined ? chunk : this.#rewriter.push(chunk);
    if (bytes.length > 0) this.#writer.write(bytes);
    this.#meter?.push(chunk);
  }

  /** No more of the answer comes. */
  read(): void {
    this.#usage ??= this.#meter?.finish();
    this.#meter = undefined;
  }

  /** Whether it is whole though undici reports an error. */
  isWholeDespite(error: Error): boolean {
    return isWholeDespite(error, this.#status);
  }

  /** The answer is whole. */
  end(trailers: IncomingHttpHeaders): void {
    const rest = this.#rewriter?.end();
    if (rest !== undefined && rest.length > 0) this.#writer.write(rest);
    this.#writer.end(trailers);
  }

  /** The answer will never be whole; what is there is sent. */
  cut(): void {
    this.#writer.cut();
  }

  /** Ends the connection at once. */
  drop(): void {
    this.#writer.drop();
  }
}
