import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readAll } from 'node:stream/consumers';

/** As much of a span in OTLP/JSON as the tests look at. */
export interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Attributes of the process. */
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes'> & { readonly attributes: readonly Attribute[] })[];
    }[];
  }[];
}

/** An OpenTelemetry collector that keeps the spans it gets. */
export class Collector implements AsyncDisposable {
  readonly #server: Server;
  readonly contentTypes = new Set<string | undefined>();
  readonly #spans: ReceivedSpan[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor() {
    this.#server = createServer(async (request, response) => {
      this.contentTypes.add(request.headers['content-type']);
      const body = await readAll(request);
      if (request.url === '/v1/traces' && request.headers['content-type'] === 'application/json') {
        this.#keep(JSON.parse(body) as Export);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const look of this.#waiting) look();
    });
  }

  static async start(): Promise<Collector> {
    const collector = new Collector();
    collector.#server.listen(0, '127.0.0.1');
    await once(collector.#server, 'listening');
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves when `look` finds what it wants. */
  async until<T>(look: (spans: readonly ReceivedSpan[]) => T | undefined): Promise<T> {
    for (;;) {
      const found = look(this.#spans);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const next = () => {
          this.#waiting.delete(next);
          resolve();
        };
        this.#waiting.add(next);
      });
    }
  }

  #keep({ resourceSpans }: Export): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.#spans.push({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close().closeAllConnections();
    await closed;
  }
}

function plain(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
