import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Pool, SchedulerHost } from '@pointsman/core';
import type { AdminOptions } from '../../src/admin/admin-options.ts';
import { type AdminServer, createAdminServer } from '../../src/admin/create-admin-server.ts';
import { fleetPool, fleetScheduler } from './fleet-scheduler.ts';
import { FleetTraffic } from './fleet-traffic.ts';
import { type FleetMember, startFleet, stopFleet } from './model-fleet.ts';

export interface AdminRigOptions extends Omit<AdminOptions, 'scheduler'> {
  readonly size?: number;
  /** Whether metrics pages are scraped; default true. */
  readonly scraped?: boolean;
  /** Names of the endpoints; default `m0`, `m1` and so on. */
  readonly names?: readonly string[];
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Model servers, a scheduler with one pool, traffic, and an admin listener. */
export interface AdminRig extends AsyncDisposable {
  readonly url: string;
  readonly admin: AdminServer;
  readonly scheduler: SchedulerHost;
  readonly pool: Pool;
  readonly fleet: readonly FleetMember[];
  readonly traffic: FleetTraffic;
  ask(path: string, asked?: Asked): Promise<Answer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
}

export async function createAdminRig(options: AdminRigOptions = {}): Promise<AdminRig> {
  const { size = 3, scraped = true, names, ...adminOptions } = options;
  const fleet = await startFleet(size);
  const byPort = new Map(fleet.map((member) => [member.port, member]));
  const endpoints = fleet.map(({ port }, i) => ({ name: names?.[i] ?? `m${i}`, address: '127.0.0.1', port }));
  const scheduler = fleetScheduler({ default: fleetPool(endpoints, scraped) });
  const admin = createAdminServer({ scheduler, streamIntervalMs: 100, ...adminOptions });
  await scheduler.start();
  const { url } = await admin.listen();
  const traffic = new FleetTraffic(scheduler, (endpoint) => byPort.get(endpoint.port)!);
  const ask = (path: string, asked: Asked = {}) => askUrl(url, path, asked);
  return {
    url,
    admin,
    scheduler,
    pool: scheduler.pools.get('default')!,
    fleet,
    traffic,
    ask,
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      traffic.endAll();
      await admin.close();
      await scheduler.close();
      await stopFleet(fleet);
    },
  };
}

/** Like fetch, but any header and any path can be sent. */
function askUrl(url: string, path: string, { method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true && text !== '';
        const json = isJson ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
