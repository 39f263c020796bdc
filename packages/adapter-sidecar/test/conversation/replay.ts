import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { createSidecar } from '../../src/index.ts';
import type { Seen } from './compare.ts';
import { EventLog } from './event-log.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { optionsOf } from './options-of.ts';
import { Bodies, type Expected, type Recording, withPorts } from './recording.ts';
import { type Answer, send } from './send.ts';

/** How long nothing may happen until nothing more is expected, and how long what is due may take, in milliseconds. */
const QUIET_MS = 30;
const LONGEST_MS = 5_000;

export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Runs a conversation with a sidecar and the model servers of the recording. */
export async function replay(
  recorded: string,
  certificate: Certificate,
): Promise<{ readonly recording: Recording; readonly expected: Expected; readonly seen: Seen }> {
  const unplaced = JSON.parse(recorded) as Recording;
  const log = new EventLog();
  const upstreams = new Map<string, FakeUpstream>();
  const ports: Record<string, number> = {};
  try {
    for (const [name, { down, tls }] of Object.entries({
      decode: {},
      ...unplaced.upstreams,
    } as Recording['upstreams'])) {
      if (down === true) {
        ports[name] = await unusedPort();
        continue;
      }
      const upstream = new FakeUpstream(name, log, tls === true ? certificate : undefined);
      if (name === 'decode') ports.decode = await unusedPort(2);
      ports[name] = await upstream.listen(name === 'decode1' ? ports.decode! + 1 : (ports[name] ?? 0));
      upstreams.set(name, upstream);
    }
    const size = Number(unplaced.sidecar.flags['data-parallel-size'] ?? 1);
    ports.listen = await unusedPort(size);
    ports.listen1 = ports.listen + 1;
    const text = withPorts(recorded, ports);
    const recording = JSON.parse(text) as Recording;
    const bodies = new Bodies(text);
    const sent = new Map<string, Buffer>();
    for (const [name, upstream] of upstreams) {
      upstream.replies = (recording.upstreams[name]?.replies ?? []).map((reply, i) => {
        const json = reply.json === undefined ? undefined : bodies.reply(name, i);
        sent.set(`${name}#${i}`, Buffer.from(json ?? reply.chunks?.join('') ?? reply.text ?? ''));
        return { reply, json };
      });
    }
    const isTls = recording.sidecar.tls_listener === true;
    const sidecar = createSidecar(optionsOf(recording, ports));
    await sidecar.listen({ port: ports.listen, host: '127.0.0.1', ...(isTls && { tls: certificate }) });
    const responses: Answer[] = [];
    try {
      for (const [i, request] of recording.requests.entries()) {
        const body = request.body === undefined ? request.body_text : bodies.request(i);
        sent.set(`client#${i}`, Buffer.from(body ?? ''));
        responses.push(await send(request, body, { port: ports[request.to ?? 'listen']!, isTls }, `client#${i}`, log));
        await quiet(log, [...upstreams.values()]);
      }
    } finally {
      await sidecar.close({ graceMs: 0 });
    }
    const requests = Object.fromEntries([...upstreams].map(([name, { received }]) => [name, received]));
    return {
      recording: { ...recording, compare: bodies.compare() },
      expected: bodies.expected(),
      seen: { requests, responses, timeline: log.events, bodies: sent },
    };
  } finally {
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
  }
}

async function quiet(log: EventLog, upstreams: readonly FakeUpstream[]): Promise<void> {
  for (;;) {
    await log.until(() => upstreams.every(({ busy }) => busy === 0), LONGEST_MS);
    const before = log.events.length;
    await log.until(() => log.events.length > before, QUIET_MS);
    if (log.events.length === before) return;
  }
}

/**
 * A port, with as many after it, on which nothing listens. Below those that the system gives away, so that no test that runs at the
 * same time gets one of them.
 */
async function unusedPort(count = 1): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const servers: Server[] = [];
    let isFree = true;
    for (let i = 0; i < count && isFree; i++) {
      const server = createServer().listen(port + i, '127.0.0.1');
      isFree = await once(server, 'listening').then(
        () => true,
        () => false,
      );
      if (isFree) servers.push(server);
    }
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    if (isFree) return port;
  }
}
