import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Endpoint } from '@pointsman/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { AnswerBody } from './answer-body.ts';
import { HttpScraper, type ScrapeTarget } from './http-scraper.ts';
import { pageHost } from './page-host.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(
  handler: Handler,
  address = '127.0.0.1',
): Promise<{ endpoint: Endpoint; connections: () => number }> {
  return listening(createServer(handler), address);
}

async function listening(server: Server, address: string) {
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  open.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: endpointAt(port, 'a/b', address), connections: () => connections };
}

function endpointAt(port: number, id = 'a/b', address = '127.0.0.1'): Endpoint {
  const hostPort = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
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
const text = async (promise: Promise<AnswerBody>) => (await promise).bytes.toString();

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
    expect((await scraper().get(endpoint, never())).bytes.length).toBe(250_003);
    expect(await text(scraper({ path: '/empty' }).get(endpoint, never()))).toBe('');
  });

  it('passes over interim answers and trailers', async () => {
    const { endpoint, connections } = await serve((_, response) => {
      response.writeContinue();
      response.writeProcessing();
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.writeHead(200, { trailer: 'x-check' });
      response.write('pa');
      response.addTrailers({ 'x-check': 'done' });
      response.end('ge');
    });
    const scrapes = scraper();
    for (let i = 0; i < 3; i++) expect(await text(scrapes.get(endpoint, never()))).toBe('page');
    expect(connections()).toBe(1);
  });

  it('asks again over a new connection when the server closes each', async () => {
    const { endpoint, connections } = await serve((_, response) => {
      response.shouldKeepAlive = false;
      response.end('page');
    });
    const scrapes = scraper();
    for (let i = 0; i < 3; i++) expect(await text(scrapes.get(endpoint, never()))).toBe('page');
    expect(connections()).toBe(3);
  });

  it('gives every page its own size, and the memory of one to the next', async () => {
    const sizes = [10, 200_000, 3, 0, 5_000_000, 40];
    let served = 0;
    const { endpoint } = await serve((_, response) => {
      const page = Buffer.alloc(sizes[served]!, `${served++}`);
      if (served % 2 === 0) response.setHeader('content-length', page.length);
      response.end(page);
    });
    const scrapes = scraper();
    let last: AnswerBody | undefined;
    for (const [i, size] of sizes.entries()) {
      const body = await scrapes.get(endpoint, never());
      expect(body.bytes.equals(Buffer.alloc(size, `${i}`))).toBe(true);
      // Nobody holds on to the memory of a page that is unusually large.
      if (last !== undefined && i !== 5) expect(() => last!.bytes).toThrow('must be read before the next scrape');
      last = body;
    }
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

describe('many endpoints at once', () => {
  it('each gets its own page, in whatever pieces the pages come', async () => {
    const scrapes = scraper();
    const lines = (i: number, round: number) => `endpoint ${i}, round ${round}\n`.repeat(3000 + 500 * i);
    const endpoints = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        let round = 0;
        const { endpoint } = await serve((_, response) => {
          const page = Buffer.from(lines(i, round++));
          let at = 0;
          const more = () => {
            const from = at;
            at += 7001 + 911 * i;
            if (from >= page.length) response.end();
            else response.write(page.subarray(from, at), more);
          };
          more();
        });
        return { ...endpoint, id: `a/${i}` };
      }),
    );
    for (let round = 0; round < 5; round++) {
      const bodies = await Promise.all(endpoints.map((endpoint) => scrapes.get(endpoint, never())));
      bodies.forEach(({ bytes }, i) => {
        expect(bytes.equals(Buffer.from(lines(i, round)))).toBe(true);
      });
    }
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

  it('names the host as a URL does', async () => {
    const hosts: (string | undefined)[] = [];
    const answer: Handler = (request, response) => {
      hosts.push(request.headers.host);
      response.end('page');
    };
    const four = await serve(answer);
    const six = await serve(answer, '::1');
    expect(await text(scraper().get(four.endpoint, never()))).toBe('page');
    expect(await text(scraper().get(six.endpoint, never()))).toBe('page');
    const named = endpointAt(four.endpoint.port, 'a/named', 'localhost');
    expect(await text(scraper().get(named, never()))).toBe('page');
    expect(hosts).toEqual([four.endpoint.hostPort, six.endpoint.hostPort, `localhost:${named.port}`]);
    expect(six.endpoint.hostPort).toBe(`[::1]:${six.endpoint.port}`);
  });

  it.each([
    [{}, 'http://[2001:db8::1]:8000', 'http://[2001:db8::1]:8000', '2001:db8::1', 8000],
    [{}, 'http://10.0.0.1', 'http://10.0.0.1:80', '10.0.0.1', 80],
    [{}, 'https://server.example', 'https://server.example:443', 'server.example', 443],
    [{ scheme: 'https' as const }, 'http://10.0.0.1', 'https://10.0.0.1:80', '10.0.0.1', 80],
    [{ port: 9090 }, 'http://10.0.0.1:8000', 'http://10.0.0.1:9090', '10.0.0.1', 9090],
  ])('%j at %s is %s', (target, metricsOrigin, origin, hostname, port) => {
    const host = pageHost(metricsOrigin, { tls: { rejectUnauthorized: false }, ...target });
    expect(host).toMatchObject({ origin, hostname, port });
    expect(host.tls !== undefined).toBe(origin.startsWith('https:'));
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

describe('over TLS', () => {
  const cert = readFileSync(new URL('../../test/tls/cert.pem', import.meta.url));
  const key = readFileSync(new URL('../../test/tls/key.pem', import.meta.url));
  const tls = { rejectUnauthorized: false };

  it('keeps its connection, and names the server when it has a name', async () => {
    const names: unknown[] = [];
    const server = createHttpsServer({ cert, key }, (request, response) => {
      names.push((request.socket as TLSSocket & { readonly servername: unknown }).servername);
      response.end('x'.repeat(100_000));
    });
    const { endpoint, connections } = await listening(server, '127.0.0.1');
    for (const address of ['127.0.0.1', 'localhost']) {
      const scrapes = scraper({ scheme: 'https', tls });
      const at = endpointAt(endpoint.port, 'a/b', address);
      for (let i = 0; i < 2; i++) expect(await text(scrapes.get(at, never()))).toBe('x'.repeat(100_000));
    }
    expect(names).toEqual([false, false, 'localhost', 'localhost']);
    expect(connections()).toBe(2);
  });

  it('shows its own certificate to a server that wants one', async () => {
    const server = createHttpsServer(
      { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
      (_, response) => void response.end('page'),
    );
    const { endpoint } = await listening(server, '127.0.0.1');
    const target = { scheme: 'https' as const };
    await expect(scraper({ ...target, tls }).get(endpoint, never())).rejects.toThrow();
    expect(await text(scraper({ ...target, tls: { ...tls, cert, key } }).get(endpoint, never()))).toBe('page');
  });

  it.each(['http', 'https'] as const)('reports a server that expects something else than %s', async (scheme) => {
    const server = scheme === 'http' ? createHttpsServer({ cert, key }) : createServer();
    const { endpoint } = await listening(server, '127.0.0.1');
    await expect(scraper({ scheme, tls }).get(endpoint, never())).rejects.toThrow();
  });
});
