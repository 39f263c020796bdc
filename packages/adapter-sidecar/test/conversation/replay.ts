import type { AddressInfo } from 'node:net';
import { type RefusedPort, refusedPort } from '@pointsman/testkit/harness';
import { createSidecar, type Sidecar, type SidecarAddress } from '../../src/index.ts';
import type { Seen } from './compare.ts';
import { ConversationTime } from './conversation-time.ts';
import { EventLog } from './event-log.ts';
import { FakeUpstream } from './fake-upstream.ts';
import { optionsOf } from './options-of.ts';
import { Bodies, type Expected, type Recording, withPorts } from './recording.ts';
import { type Answer, send } from './send.ts';

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
  const time = new ConversationTime(log);
  const upstreams = new Map<string, FakeUpstream>();
  const refused: RefusedPort[] = [];
  const ports: Record<string, number> = {};
  let sidecar: Sidecar | undefined;
  try {
    const described: Recording['upstreams'] = { decode: {}, ...unplaced.upstreams };
    for (const [name, { down, tls }] of Object.entries(described)) {
      if (down === true) {
        const port = await refusedPort();
        refused.push(port);
        ports[name] = port.port;
      } else upstreams.set(name, new FakeUpstream(name, log, time, tls === true ? certificate : undefined));
    }
    await listen(upstreams, ports);
    sidecar = createSidecar(optionsOf(JSON.parse(withPorts(recorded, ports)) as Recording, ports));
    const isTls = unplaced.sidecar.tls_listener === true;
    const size = Number(unplaced.sidecar.flags['data-parallel-size'] ?? 1);
    ports.listen = await listenInRow(sidecar, size, { host: '127.0.0.1', ...(isTls && { tls: certificate }) });
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
    const responses: Answer[] = [];
    for (const [i, request] of recording.requests.entries()) {
      const body = request.body === undefined ? request.body_text : bodies.request(i);
      sent.set(`client#${i}`, Buffer.from(body ?? ''));
      const to = { port: ports[request.to ?? 'listen']!, isTls };
      void send(request, body, to, `client#${i}`, log, time).then((answer) => responses.push(answer));
      await time.until(() => responses.length > i && [...upstreams.values()].every(({ busy }) => busy === 0));
    }
    const requests = Object.fromEntries([...upstreams].map(([name, { received }]) => [name, received]));
    return {
      recording: { ...recording, compare: bodies.compare() },
      expected: bodies.expected(),
      seen: { requests, responses, timeline: log.events, bodies: sent },
    };
  } finally {
    await sidecar?.close({ graceMs: 0 });
    await Promise.all([...upstreams.values()].map((upstream) => upstream.close()));
    for (const port of refused) await port[Symbol.asyncDispose]();
  }
}

/** Has model servers listen: the ranks of the one that decodes on ports that follow one another. */
async function listen(upstreams: ReadonlyMap<string, FakeUpstream>, ports: Record<string, number>): Promise<void> {
  for (const [name, upstream] of upstreams) if (name !== 'decode1') ports[name] = await upstream.listen(0);
  const [first, second] = [upstreams.get('decode'), upstreams.get('decode1')];
  while (first !== undefined && second !== undefined && ports.decode1 === undefined) {
    try {
      ports.decode1 = await second.listen(ports.decode! + 1);
    } catch {
      await first.close();
      ports.decode = await first.listen(0);
    }
  }
}

/** Has a sidecar listen on as many ports that follow one another. @returns the first */
async function listenInRow(sidecar: Sidecar, count: number, at: Omit<SidecarAddress, 'port'>): Promise<number> {
  for (;;) {
    // Below those that the system gives away, where a port is more often free than not.
    const port = count === 1 ? 0 : 12_000 + Math.floor(Math.random() * 18_000);
    try {
      await sidecar.listen({ ...at, port });
      return (sidecar.servers[0]!.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
}
