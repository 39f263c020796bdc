/** The clients, in a process of their own: sends requests when it is told to, and tells what they took. */
import { setTimeout as after } from 'node:timers/promises';
import { Client, type Sample } from '../http/client.ts';
import { RequestSource } from '../http/request-source.ts';
import { answerMs, type Load } from '../load.ts';
import { type Quantiles, quantilesOf } from '../measure/quantiles.ts';

/** For whole requests: what began in time is waited for. */
export interface Order {
  /** Of Envoy. */
  readonly port: number;
  readonly load: Load;
  readonly ms: number;
}

export interface Traffic {
  /** All that were sent. */
  readonly requests: number;
  /** Without those that failed, all clients together. */
  readonly requestsPerSecond: number;
  readonly durationMs: Quantiles;
  readonly ttftMs: Quantiles;
  readonly failed: number;
  readonly failure?: string;
}

/** Clients of paced answers begin one after the other in this time, or in that of an answer, if it is shorter. */
const SPREAD_MS = 500;
/** Beyond the time that the answers take. */
const PATIENCE_MS = 30_000;

const clientsByPort = new Map<number, Client[]>();

async function run({ port, load, ms }: Order): Promise<Traffic> {
  const clients = clientsOf(port, load.concurrency);
  const source = new RequestSource(load);
  const samples: Sample[] = [];
  let requestsPerSecond = 0;
  const spreadMs = Math.min(answerMs(load), SPREAD_MS);
  const giveUp = setTimeout(
    () => {
      for (const client of clients) client.close();
    },
    ms + answerMs(load) + PATIENCE_MS,
  );
  const sendInTurn = async (client: Client, i: number) => {
    // All at once would stay all at once: paced answers take equally long.
    if (spreadMs > 0) await after((i * spreadMs) / clients.length);
    const startedMs = performance.now();
    let answered = 0;
    do {
      const sample = await client.send(source);
      samples.push(sample);
      if (sample.failure === undefined) answered++;
      // Where every request fails at once, that is not all there is to do.
      else await after(1);
    } while (performance.now() < startedMs + ms);
    requestsPerSecond += (answered * 1000) / (performance.now() - startedMs);
  };
  await Promise.all(clients.map(sendInTurn));
  clearTimeout(giveUp);
  const failures = samples.flatMap(({ failure }) => failure ?? []);
  const good = samples.filter(({ failure }) => failure === undefined);
  return {
    requests: samples.length,
    requestsPerSecond,
    durationMs: quantilesOf(good.map(({ durationMs }) => durationMs)),
    ttftMs: quantilesOf(good.map(({ ttftMs }) => ttftMs)),
    failed: failures.length,
    ...(failures[0] !== undefined && { failure: failures[0] }),
  };
}

/** Connections stay open from one run to the next. */
function clientsOf(port: number, count: number): readonly Client[] {
  const clients = clientsByPort.get(port) ?? [];
  clientsByPort.set(port, clients);
  while (clients.length < count) clients.push(new Client(port));
  return clients.slice(0, count);
}

process.on('message', async (order: Order) => process.send!(await run(order)));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.send!('ready');
