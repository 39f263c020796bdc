import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a sidecar had done for a request, such as `prefill 127.0.0.1:8000`. */
export interface Sidecar extends AsyncDisposable {
  readonly port: number;
  readonly calls: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

interface ChatBody extends Json {
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[];
}

/**
 * What stands beside a model server that answers: has others encode the images and compute the prompt, as the headers
 * of the request say, and hands the outcome to its own model server.
 * @param origin of that model server
 */
export async function startSidecar(origin: string): Promise<Sidecar> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(502).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    calls,
    async [Symbol.asyncDispose]() {
      server.close().closeAllConnections();
    },
  };

  async function post(stage: string, at: string, path: string, body: Json): Promise<Response> {
    const answer = await fetch(`${at}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    calls.push(`${stage} ${new URL(at).host} ${answer.status}`);
    return answer;
  }

  async function serve(request: IncomingMessage, response: ServerResponse) {
    const { method, url = '', headers } = request;
    if (method !== 'POST') {
      const answer = await fetch(`${origin}${url}`);
      response.writeHead(answer.status).end(await answer.text());
      return;
    }
    const body = JSON.parse(await text(request)) as ChatBody;
    const encoders = String(headers['x-encoder-hosts-ports'] ?? '')
      .split(',')
      .filter(Boolean);
    for (const [i, item] of (encoders.length === 0 ? [] : imagesIn(body)).entries()) {
      const messages = [{ role: 'user', content: [item] }];
      await post('encode', `http://${encoders[i % encoders.length]}`, url, { ...body, messages, max_tokens: 1 });
    }
    let own: Json = body;
    const prefiller = headers['x-prefiller-host-port'];
    if (prefiller !== undefined) {
      const remote = { do_remote_decode: true, do_remote_prefill: false };
      const computed = await post('prefill', `http://${String(prefiller)}`, url, {
        ...body,
        max_tokens: 1,
        stream: false,
        kv_transfer_params: remote,
      });
      const { kv_transfer_params } = (await computed.json()) as Json;
      own = { ...body, kv_transfer_params };
    }
    const answer = await post('decode', origin, url, own);
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  }
}

function imagesIn({ messages = [] }: ChatBody): readonly unknown[] {
  return messages
    .flatMap(({ content }) => (Array.isArray(content) ? (content as readonly unknown[]) : []))
    .filter((item) => (item as Json)['type'] === 'image_url');
}
