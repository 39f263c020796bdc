import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Endpoint } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import { HttpScraper, type ScrapeTarget } from './http-scraper.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(handler: Handler): Promise<{ endpoint: Endpoint; connections: () => number }> {
  let connections = 0;
  const server = createServer(handler);
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { endpoint: endpointAt((server.address() as AddressInfo).port), connections: () => connections };
}

function endpointAt(port: number, id = 'a/b', address = '127.0.0.1'): Endpoint {
  const hostPort = `${address}:${port}`;
  const origin = `http://${hostPort}`;
  return { id, address, port, hostPort, origin, metricsOrigin: origin, labels: {}, row: 0, incarnation: 1 };
}

function scraper(target: Partial<ScrapeTarget> = {}): HttpScraper {
  const made = new HttpScraper({
    path: '/metrics',
    accept: 'text/plain',
    tls: { rejectUnauthorized: false },
    ...target,
  });
  open.push(() => made.close());
  return made;
}

const never = () => new AbortController().signal;
const text = async (promise: Promise<Buffer>) => (await promise).toString();

describe('one scrape', () => {
  it('asks for the path with the headers of a scraper, and keeps its connection', async () => {
    const seen: string[] = [];
    const { endpoint, connections } = await serve((request, response) => {
      seen.push(`${request.method} ${request.url} ${request.headers.accept} ${request.headers['accept-encoding']}`);
      response.end('page');
    });
    const scrapes = scraper();
    for (let i = 0; i < 3; i++) expect(await text(scrapes.get(endpoint, never()))).toBe('page');
    expect(seen).toEqual(Array(3).fill('GET /metrics text/plain identity'));
    expect(connections()).toBe(1);
  });

  it('takes a body in many chunks as one, and an empty one as empty', async () => {
    const { endpoint } = await serve((request, response) => {
      if (request.url === '/empty') return void response.end();
      for (let i = 0; i < 50; i++) response.write('x'.repeat(5000));
      response.end('end');
    });
    expect((await scraper().get(endpoint, never())).length).toBe(250_003);
    expect(await text(scraper({ path: '/empty' }).get(endpoint, never()))).toBe('');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('unpacks %s from a server that compresses unasked', async (encoding, pack) => {
    const { endpoint } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(pack(Buffer.from('packed page')));
    });
    expect(await text(scraper().get(endpoint, never()))).toBe('packed page');
  });

  it('refuses what is packed wrongly, in an unknown way, or too large once unpacked', async () => {
    const { endpoint } = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': request.url === '/zstd' ? 'zstd' : 'gzip' });
      response.end(request.url === '/bomb' ? gzipSync(Buffer.alloc(9 * 1024 * 1024)) : 'no gzip');
    });
    await expect(scraper().get(endpoint, never())).rejects.toThrow('cannot be decompressed');
    await expect(scraper({ path: '/bomb' }).get(endpoint, never())).rejects.toThrow('cannot be decompressed');
    await expect(scraper({ path: '/zstd' }).get(endpoint, never())).rejects.toThrow('encoded as zstd');
  });

  it('refuses a page without end as soon as it is too large', async () => {
    const { endpoint } = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
      };
      response.on('drain', more);
      more();
    });
    await expect(scraper().get(endpoint, never())).rejects.toThrow('larger than 8388608 bytes');
  });

  it.each([204, 400, 404, 500, 503])('takes an answer with status %i for a failure', async (status) => {
    const { endpoint } = await serve((_, response) => void response.writeHead(status).end(status === 204 ? '' : 'why'));
    await expect(scraper().get(endpoint, never())).rejects.toThrow(`/metrics answered ${status}`);
  });
});

describe('redirects', () => {
  it('follows those on the same endpoint and remembers where the page is', async () => {
    const seen: string[] = [];
    const { endpoint } = await serve((request, response) => {
      seen.push(request.url!);
      if (request.url === '/metrics') response.writeHead(307, { location: '/metrics/' }).end();
      else response.end('moved page');
    });
    const scrapes = scraper();
    for (let i = 0; i < 2; i++) expect(await text(scrapes.get(endpoint, never()))).toBe('moved page');
    expect(seen).toEqual(['/metrics', '/metrics/', '/metrics/']);
  });

  it('does not follow to another server, in a circle, or to nowhere', async () => {
    const location = { value: 'http://127.0.0.2:9/elsewhere' as string | undefined };
    const { endpoint } = await serve((_, response) => {
      response.writeHead(302, location.value === undefined ? {} : { location: location.value }).end();
    });
    await expect(scraper().get(endpoint, never())).rejects.toThrow('redirects to http://127.0.0.2:9/elsewhere');
    location.value = `https://${endpoint.hostPort}/metrics`;
    await expect(scraper().get(endpoint, never())).rejects.toThrow('set scheme, port or path');
    location.value = '/metrics';
    await expect(scraper().get(endpoint, never())).rejects.toThrow('again and again');
    location.value = 'http://[';
    await expect(scraper().get(endpoint, never())).rejects.toThrow('redirects to http://[');
    location.value = undefined;
    await expect(scraper().get(endpoint, never())).rejects.toThrow('redirects to nowhere');
  });
});

describe('servers that fail', () => {
  it('reports a connection that is refused', async () => {
    const { endpoint } = await serve(() => {});
    await open.pop()!();
    await expect(scraper().get(endpoint, never())).rejects.toThrow('ECONNREFUSED');
  });

  it('gives up with the signal, however far the scrape is, and begins the next one afresh', async () => {
    let hang: 'headers' | 'body' | undefined = 'headers';
    const arrived: (() => void)[] = [];
    const { endpoint, connections } = await serve((_, response) => {
      if (hang === 'body') response.write('half');
      else if (hang === undefined) response.end('page');
      arrived.shift()?.();
    });
    const scrapes = scraper();
    for (const at of ['headers', 'body'] as const) {
      hang = at;
      const controller = new AbortController();
      const asked = new Promise<void>((resolve) => arrived.push(resolve));
      const scrape = scrapes.get(endpoint, controller.signal);
      await asked;
      controller.abort(new Error(`gave up on ${at}`));
      await expect(scrape).rejects.toThrow(`gave up on ${at}`);
    }
    hang = undefined;
    expect(await text(scrapes.get(endpoint, never()))).toBe('page');
    expect(connections()).toBe(3);
  });

  it('gives up before it has begun when the signal has aborted already', async () => {
    const { endpoint, connections } = await serve((_, response) => void response.end('page'));
    await expect(scraper().get(endpoint, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
    expect(connections()).toBe(0);
  });

  it.each([
    ['closes at once', ''],
    ['closes amid the body', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'],
    ['speaks no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('reports a server that %s', async (_, answer) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    open.push(() => new Promise((resolve) => server.close(resolve)));
    const endpoint = endpointAt((server.address() as AddressInfo).port);
    await expect(scraper().get(endpoint, never())).rejects.toThrow();
  });
});

describe('where it asks', () => {
  it('goes to the port that is configured, and follows an endpoint whose address changes', async () => {
    const one = await serve((_, response) => void response.end('one'));
    const two = await serve((_, response) => void response.end('two'));
    expect(await text(scraper({ port: two.endpoint.port }).get(one.endpoint, never()))).toBe('two');
    const scrapes = scraper();
    expect(await text(scrapes.get(one.endpoint, never()))).toBe('one');
    expect(await text(scrapes.get(two.endpoint, never()))).toBe('two');
  });

  it('closes the connection of an endpoint that is gone', async () => {
    const { endpoint, connections } = await serve((_, response) => void response.end('page'));
    const scrapes = scraper();
    await scrapes.get(endpoint, never());
    scrapes.forget(endpoint);
    scrapes.forget(endpoint);
    expect(await text(scrapes.get(endpoint, never()))).toBe('page');
    expect(connections()).toBe(2);
  });
});
