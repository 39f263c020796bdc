import { GrpcMessages } from '../grpc/grpc-messages.ts';
import { readHttpBody } from '../grpc/http-body.ts';
import { BodyUsageReader } from './body-usage-reader.ts';
import { isEventStream } from './event-stream.ts';
import { StreamUsageReader } from './stream-usage-reader.ts';
import type { Usage } from './usage.ts';
import type { UsageDialect } from './usage-dialect.ts';
import type { UsageReader } from './usage-reader.ts';

/**
 * Reads a response in gRPC messages, each an `HttpBody` with the next part of what a model server sent: one JSON object, or
 * a stream of events. Which of the two, the first message says.
 */
export class EnvelopedUsageReader implements UsageReader {
  readonly #dialect: UsageDialect;
  readonly #onFirstToken: (() => void) | undefined;
  readonly #messages = new GrpcMessages((message) => this.#onMessage(message));
  #inner: UsageReader | undefined;
  #isBroken = false;

  constructor(dialect: UsageDialect, onFirstToken: (() => void) | undefined) {
    this.#dialect = dialect;
    this.#onFirstToken = onFirstToken;
  }

  get usage(): Usage | undefined {
    return this.#inner?.usage;
  }

  get streamedEvents(): number {
    return this.#inner?.streamedEvents ?? 0;
  }

  get malformed(): boolean {
    return this.#isBroken || this.#inner?.malformed === true;
  }

  push(chunk: Uint8Array): void {
    if (this.#isBroken) return;
    try {
      this.#messages.push(chunk);
    } catch {
      this.#isBroken = true;
    }
  }

  end(): void {
    if (this.#messages.isWithinMessage) this.#isBroken = true;
    this.#inner?.end();
  }

  #onMessage(message: Uint8Array): void {
    const { contentType, data } = readHttpBody(message);
    this.#inner ??= isEventStream(contentType)
      ? new StreamUsageReader(this.#dialect, this.#onFirstToken)
      : new BodyUsageReader(this.#dialect);
    this.#inner.push(data);
  }
}
