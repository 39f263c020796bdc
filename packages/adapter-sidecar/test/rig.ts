import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { createSidecar, type Sidecar, type SidecarOptions } from '../src/index.ts';

/** A request as a model server got it. */
export interface Got {
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly response: ServerResponse;
}

/** A model server that answers as it is told. */
export class ModelServer {
  readonly got: Got[] = [];
  readonly #server: Server;
  readonly #waiting: (() => void)[] = [];

  constructor(answer: (got: Got, i: number) => void) {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { url = '', headers } = request;
      const got = { url, headers, body: Buffer.concat(chunks).toString('utf8'), response };
      this.got.push(got);
      for (const look of this.#waiting.splice(0)) look();
      answer(got, this.got.length - 1);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** The i-th request, as soon as it is there. */
  async request(i = 0): Promise<Got> {
    while (this.got.length <= i) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.got[i]!;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const running: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

/** A model server that is stopped after the test. */
export async function startModel(answer: (got: Got, i: number) => void): Promise<ModelServer> {
  const server = await new ModelServer(answer).listen();
  running.push(() => server.close());
  return server;
}

/** A sidecar that is stopped after the test. */
export async function startSidecar(
  options: Partial<SidecarOptions> & { readonly decode: ModelServer },
): Promise<{ readonly sidecar: Sidecar; readonly url: string; readonly urls: readonly string[] }> {
  const { decode, ...rest } = options;
  const sidecar = createSidecar({ modelServer: { host: '127.0.0.1', port: decode.port }, ...rest });
  running.push(() => sidecar.close({ graceMs: 0 }));
  const urls = await sidecar.listen({ port: 0, host: '127.0.0.1' });
  return { sidecar, url: urls[0]!, urls };
}

export const PREFILLED = JSON.stringify({
  usage: { prompt_tokens_details: { cached_tokens: 5 } },
  kv_transfer_params: { remote_block_ids: [1], remote_host: 'p' },
});

/** Answers with JSON. */
export const json =
  (body: string, status = 200) =>
  ({ response }: Got): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

/** Sends a chat request. */
export function chat(
  url: string,
  headers: Record<string, string> = {},
  body: string = JSON.stringify({ model: 'm', messages: [] }),
  signal?: AbortSignal,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    ...(signal && { signal }),
  });
}

export const prefillBy = (server: { readonly port: number }): Record<string, string> => ({
  'x-prefiller-host-port': `127.0.0.1:${server.port}`,
});
