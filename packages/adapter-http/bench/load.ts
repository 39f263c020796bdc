import { Pool } from 'undici';

/** One kind of load: so many clients that each send the next request when they have the answer. */
export interface Load {
  readonly name: string;
  readonly promptBytes: number;
  readonly stream: boolean;
  readonly concurrency: number;
}

export interface Measured {
  /** From the request to the end of the answer. */
  readonly latenciesMs: number[];
  /** From the request to the headers of the answer. */
  readonly firstMs: number[];
  readonly seconds: number;
}

/** Puts load on a server for so long. @throws when an answer is not 200 */
export async function measure(load: Load, origin: string, forMs: number): Promise<Measured> {
  const pool = new Pool(origin, { connections: load.concurrency, pipelining: 1 });
  const latenciesMs: number[] = [];
  const firstMs: number[] = [];
  const bodies = Array.from({ length: 32 }, (_, i) => bodyOf(load, i));
  const start = performance.now();
  const until = start + forMs;
  const client = async (n: number) => {
    for (let i = n; performance.now() < until; i++) {
      const sentAt = performance.now();
      const { statusCode, body } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer none', 'user-agent': 'bench' },
        body: bodies[i % bodies.length]!,
      });
      firstMs.push(performance.now() - sentAt);
      await body.dump({ limit: Number.POSITIVE_INFINITY });
      if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, (_, n) => client(n)));
  const seconds = (performance.now() - start) / 1000;
  await pool.close();
  return { latenciesMs, firstMs, seconds };
}

function bodyOf({ stream, promptBytes }: Load, variant: number): Buffer {
  const content = `${variant}: ${'The quick brown fox jumps over the lazy dog. '.repeat(promptBytes / 45 + 1)}`;
  const messages = [{ role: 'user', content: content.slice(0, promptBytes) }];
  return Buffer.from(JSON.stringify({ stream, model: 'm', messages, max_tokens: 100 }));
}

/** @param p 0..1 */
export function percentile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}
