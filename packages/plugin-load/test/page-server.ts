import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '@pointsman/core';

export interface PageRequest {
  /** Without the query. */
  readonly path: string;
  /** The metrics that are asked for by name. */
  readonly names: readonly string[];
}

/** A text is an answer with status 200; whoever gets the response sends something else, or nothing. */
export type PageAnswer = (request: PageRequest, response: ServerResponse) => string | undefined;

/** Answers scrapes as it is told to, and keeps what was asked. */
export class PageServer implements AsyncDisposable {
  /** URLs, percent-encoded. */
  readonly urls: string[] = [];
  answer: PageAnswer;
  readonly #server: Server;

  private constructor(answer: PageAnswer) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      this.urls.push(request.url!);
      const { pathname, searchParams } = new URL(request.url!, 'http://localhost');
      const text = this.answer({ path: pathname, names: searchParams.getAll('name[]') }, response);
      if (text !== undefined) response.end(text);
    });
  }

  static async start(answer: PageAnswer): Promise<PageServer> {
    const made = new PageServer(answer);
    await new Promise<void>((resolve) => void made.#server.listen(0, '127.0.0.1', resolve));
    return made;
  }

  endpoint(id = 'a/b', labels: Readonly<Record<string, string>> = {}): Endpoint {
    const { port } = this.#server.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const hostPort = `127.0.0.1:${port}`;
    return { id, address: '127.0.0.1', port, hostPort, origin, metricsOrigin: origin, labels, row: 0, incarnation: 1 };
  }

  /** What was asked since the last time: `whole`, or the path and the names. */
  asked(): string[] {
    return this.urls.splice(0).map((url) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const names = searchParams.getAll('name[]');
      return names.length === 0 ? 'whole' : `${pathname} ${names.join(' ')}`;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
