import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeServer } from '../rig/close-server.ts';

/** Tokens that one model server's KV cache holds. */
const CACHE_TOKENS = 120_000;
const MAX_RUNNING = 8;

interface Running {
  readonly tokens: number;
}

/** What an answer costs on a model server. */
export interface Answer {
  readonly cachedTokens: number;
  readonly firstTokenMs: number;
  readonly totalMs: number;
}

/** A model server that computes nothing: it has load, a prefix cache and a metrics page in the way of vLLM. */
export class FleetMember {
  readonly server: Server;
  readonly port: number;
  readonly #running = new Set<Running>();
  readonly #cached = new Map<string, number>();
  /** False answers the metrics page with 500. */
  isHealthy = true;

  constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on('request', (_request, response) => {
      response.writeHead(this.isHealthy ? 200 : 500, { 'content-type': 'text/plain' });
      response.end(this.isHealthy ? this.metrics() : 'out of order');
    });
  }

  get running(): number {
    return Math.min(MAX_RUNNING, this.#running.size);
  }

  get waiting(): number {
    return Math.max(0, this.#running.size - MAX_RUNNING);
  }

  get kvUsage(): number {
    let tokens = 0;
    for (const request of this.#running) tokens += request.tokens;
    return Math.min(1, (tokens * 4) / CACHE_TOKENS);
  }

  metrics(): string {
    const gauges = {
      'vllm:num_requests_running': this.running,
      'vllm:num_requests_waiting': this.waiting,
      'vllm:kv_cache_usage_perc': this.kvUsage,
    };
    return Object.entries(gauges)
      .map(([name, value]) => `# TYPE ${name} gauge\n${name}{model_name="m"} ${value}\n`)
      .join('');
  }

  /** @returns what the answer will cost, and how to end it */
  take(conversation: string, promptTokens: number, outputTokens: number): Answer & { readonly done: () => void } {
    const cachedTokens = Math.min(promptTokens, this.#cached.get(conversation) ?? 0);
    this.#cached.delete(conversation);
    this.#cached.set(conversation, promptTokens);
    if (this.#cached.size > 24) this.#cached.delete(this.#cached.keys().next().value!);
    const request = { tokens: promptTokens + outputTokens };
    this.#running.add(request);
    const firstTokenMs = 18 + (promptTokens - cachedTokens) * 0.06 + this.running * 4 + this.waiting * 120;
    const totalMs = firstTokenMs + outputTokens * (9 + this.running * 0.9);
    return { cachedTokens, firstTokenMs, totalMs, done: () => this.#running.delete(request) };
  }
}

export async function startFleet(size: number): Promise<readonly FleetMember[]> {
  const members: FleetMember[] = [];
  for (let i = 0; i < size; i++) {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    members.push(new FleetMember(server));
  }
  return members;
}

export async function stopFleet(members: readonly FleetMember[]): Promise<void> {
  await Promise.all(members.map(({ server }) => closeServer(server)));
}
