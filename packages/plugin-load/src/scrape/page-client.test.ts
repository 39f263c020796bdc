import { getEventListeners, once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { PageClient } from './page-client.ts';
import { ScrapeError } from './scrape-error.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface RawServer {
  readonly client: PageClient;
  readonly connections: readonly Socket[];
}

const A = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nA';
const B = 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nB';

/** A server that is told each request with its socket, and the numbers of the connection and of the request on it. */
async function serve(
  onRequest: (socket: Socket, connection: number, request: number) => void,
  { scheme = 'http', onConnection = (_: Socket) => {} } = {},
): Promise<RawServer> {
  const connections: Socket[] = [];
  const server = createServer((socket) => {
    const connection = connections.push(socket);
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => onRequest(socket, connection, ++requests));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  open.push(() => {
    for (const socket of connections) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const tls = scheme === 'https' ? { rejectUnauthorized: false } : undefined;
  const origin = `${scheme}://127.0.0.1:${port}`;
  const client = new PageClient({ origin, hostname: '127.0.0.1', port, tls }, '*/*');
  open.push(() => client.destroy());
  return { client, connections };
}

const never = new AbortController().signal;
const get = async (client: PageClient, signal = never) => (await client.get('/', signal)).body.bytes.toString();

describe('a connection that is lost between two scrapes', () => {
  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'is replaced when the server closes it (%s) while the request is on its way',
    async (close) => {
      const { client, connections } = await serve((socket, connection, request) => {
        if (connection === 1 && request === 2) socket[close]();
        else socket.write(connection === 1 ? A : B);
      });
      expect(await get(client)).toBe('A');
      expect(await get(client)).toBe('B');
      expect(await get(client)).toBe('B');
      expect(connections).toHaveLength(2);
    },
  );

  it('is replaced once, not again and again', async () => {
    const { client, connections } = await serve((socket, _, request) => {
      if (request === 1 && connections.length === 1) socket.write(A);
      else socket.end();
    });
    expect(await get(client)).toBe('A');
    await expect(get(client)).rejects.toThrow('closed the connection without an answer');
    expect(connections).toHaveLength(2);
  });

  it('is not replaced once anything of the answer has come, which may have cost the server', async () => {
    const { client, connections } = await serve((socket, _, request) => {
      if (request === 1) socket.write(A);
      else socket.end('H');
    });
    expect(await get(client)).toBe('A');
    await expect(get(client)).rejects.toThrow('closed the connection amid its answer');
    expect(connections).toHaveLength(1);
  });

  it('is not replaced when it never gave an answer', async () => {
    const { client, connections } = await serve((socket) => void socket.end());
    await expect(get(client)).rejects.toThrow('closed the connection without an answer');
    expect(connections).toHaveLength(1);
  });

  it.each(['end', 'resetAndDestroy'] as const)('is noticed before the next one (%s)', async (close) => {
    const { client, connections } = await serve((socket) => void socket.write(A));
    expect(await get(client)).toBe('A');
    const closed = once(connections[0]!, 'close');
    connections[0]![close]();
    await closed;
    expect(await get(client)).toBe('A');
    expect(connections).toHaveLength(2);
  });
});

describe('a server that says more than it was asked', () => {
  it('loses its connection, and what it said is nobody’s answer', async () => {
    const { client, connections } = await serve((socket, connection) => void socket.write(connection === 1 ? A : B));
    expect(await get(client)).toBe('A');
    const closed = once(connections[0]!, 'close');
    connections[0]!.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nFAKE');
    await closed;
    expect(await get(client)).toBe('B');
  });

  it('the same when it says it together with the answer', async () => {
    const { client, connections } = await serve((socket, connection) => {
      socket.write(connection === 1 ? `${A}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nFAKE` : B);
    });
    expect(await get(client)).toBe('A');
    expect(await get(client)).toBe('B');
    expect(connections).toHaveLength(2);
  });
});

describe('how long connections live', () => {
  it.each([
    ['HTTP/1.1', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nA', 1],
    ['HTTP/1.1 that closes', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nA', 3],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nA', 3],
    ['HTTP/1.0 that stays', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nA', 1],
  ])('%s', async (_, answer, expected) => {
    // The server leaves it to the client to close.
    const { client, connections } = await serve((socket) => void socket.write(answer));
    for (let i = 0; i < 3; i++) expect(await get(client)).toBe('A');
    expect(connections).toHaveLength(expected);
  });

  it('a body without a length lasts until the server closes', async () => {
    const { client, connections } = await serve((socket) => void socket.end('HTTP/1.0 200 OK\r\n\r\nall of it'));
    for (let i = 0; i < 2; i++) expect(await get(client)).toBe('all of it');
    expect(connections).toHaveLength(2);
  });

  it('an answer that breaks the rules ends its connection', async () => {
    const { client, connections } = await serve((socket, connection) => {
      socket.write(connection === 1 ? 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n' : A);
    });
    const error = await get(client).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ScrapeError);
    expect(String(error)).toContain('a length that is no number');
    expect(await get(client)).toBe('A');
    expect(connections).toHaveLength(2);
  });
});

describe('giving up', () => {
  it('while connecting ends the connection, and the next scrape makes another', async () => {
    const controller = new AbortController();
    // Accepts, but shakes no hands.
    const { client, connections } = await serve(() => controller.abort(new Error('enough')), { scheme: 'https' });
    await expect(get(client, controller.signal)).rejects.toThrow('enough');
    if (!connections[0]!.closed) await once(connections[0]!, 'close');
    const another = new AbortController();
    const next = get(client, another.signal);
    another.abort(new Error('enough again'));
    await expect(next).rejects.toThrow('enough again');
  });

  it('happens without a signal when a connection is not there within a second', async () => {
    const { client } = await serve(() => {}, { scheme: 'https' });
    await expect(get(client)).rejects.toThrow(/no connection to https:\S+ within 1000 ms/);
  });

  it('fails the scrape that runs when nobody asks the endpoint any more', async () => {
    const { client } = await serve(() => client.destroy());
    await expect(get(client)).rejects.toThrow('is not asked any more');
  });

  it('is heard whether the signal is that of the scrape before or another; one of the past says nothing', async () => {
    const past = new AbortController();
    const current = new AbortController();
    let silent = false;
    const asked: (() => void)[] = [];
    const { client, connections } = await serve((socket) => (silent ? asked.pop()?.() : void socket.write(A)));
    expect(await get(client, past.signal)).toBe('A');
    expect(await get(client, current.signal)).toBe('A');
    past.abort();
    for (let i = 0; i < 5; i++) expect(await get(client, current.signal)).toBe('A');
    expect(getEventListeners(current.signal, 'abort')).toHaveLength(1);
    expect(connections).toHaveLength(1);
    silent = true;
    const arrived = new Promise<void>((resolve) => asked.push(resolve));
    const scrape = get(client, current.signal);
    await arrived;
    current.abort(new Error('enough'));
    await expect(scrape).rejects.toThrow('enough');
    client.destroy();
    expect(getEventListeners(current.signal, 'abort')).toHaveLength(0);
  });

  it('between scrapes leaves the connection as it is', async () => {
    const controller = new AbortController();
    const { client, connections } = await serve((socket) => void socket.write(A));
    expect(await get(client, controller.signal)).toBe('A');
    controller.abort();
    expect(await get(client)).toBe('A');
    expect(connections).toHaveLength(1);
  });
});

describe('what is wrong at once', () => {
  it('a second scrape while one runs', async () => {
    const { client } = await serve((socket) => void socket.write(A));
    const first = get(client);
    await expect(get(client)).rejects.toThrow('is being asked already');
    expect(await first).toBe('A');
  });

  it('certificates that are none', async () => {
    const tls = { rejectUnauthorized: true, ca: Buffer.from('no certificate'), cert: Buffer.from('nor this') };
    const client = new PageClient({ origin: 'https://127.0.0.1:9', hostname: '127.0.0.1', port: 9, tls }, '*/*');
    for (let i = 0; i < 2; i++) await expect(get(client)).rejects.toThrow(/PEM|no start line/);
  });

  it('a name at whose addresses nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const client = new PageClient(
      { origin: `http://localhost:${port}`, hostname: 'localhost', port, tls: undefined },
      '*/*',
    );
    // Several addresses make one error without a message of its own.
    await expect(get(client)).rejects.toThrow('ECONNREFUSED');
  });
});
