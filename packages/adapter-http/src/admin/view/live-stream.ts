import type { ServerResponse } from 'node:http';
import { AdminError } from '../http/admin-error.ts';
import { jsonText } from '../http/json-text.ts';
import { writeHead } from '../http/respond.ts';

/** Bytes that a viewer may be behind before it is cut off; it connects again by itself. */
const MAX_BACKLOG = 8 * 1024 * 1024;

/** What the stream sends. */
export interface LiveSource {
  /** Everything, for a viewer that has just come. */
  first(): unknown;
  /** What all viewers have not seen yet. */
  next(): unknown;
}

/** Server-sent events for any number of viewers. Nothing is computed while nobody looks. */
export class LiveStream {
  readonly #source: LiveSource;
  readonly #intervalMs: number;
  readonly #limit: number;
  readonly #viewers = new Set<ServerResponse>();
  #timer: NodeJS.Timeout | undefined;

  constructor(source: LiveSource, intervalMs: number, limit: number) {
    this.#source = source;
    this.#intervalMs = intervalMs;
    this.#limit = limit;
  }

  /** @throws AdminError 503 when there are too many viewers */
  join(response: ServerResponse): void {
    if (this.#viewers.size >= this.#limit) {
      throw new AdminError(503, 'too_many_streams', `There are ${this.#limit} live streams already.`, {
        headers: { 'retry-after': '5' },
      });
    }
    const first = eventText('first', this.#source.first());
    writeHead(response, 200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    response.write(first);
    this.#viewers.add(response);
    response.once('close', () => this.#leave(response));
    this.#timer ??= setInterval(() => this.#tell(), this.#intervalMs).unref();
  }

  #tell(): void {
    const next = eventText('next', this.#source.next());
    for (const viewer of this.#viewers) {
      if (viewer.writableLength > MAX_BACKLOG) viewer.destroy();
      else viewer.write(next);
    }
  }

  #leave(viewer: ServerResponse): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end();
  }
}

function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${jsonText(data)}\n\n`;
}
