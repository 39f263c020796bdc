import { Agent } from 'undici';
import { collect } from '../answer/collect.ts';
import { SidecarError } from '../answer/sidecar-error.ts';
import type { HostPort } from '../request/host-port.ts';

const LIMIT_BYTES = 1024 * 1024;
const MOST_PREFILLERS = 1024;
const TIMEOUT_MS = 5_000;

/** A data-parallel rank of a prefiller. */
export interface PrefillRank {
  readonly rank: string;
  readonly engineId: string;
}

/** Asks the bootstrap servers of Mooncake which engines a prefiller has, and remembers it. Failures are not remembered. */
export class Bootstrap {
  readonly #port: number;
  readonly #known = new Map<string, readonly PrefillRank[]>();
  readonly #agent = new Agent({
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });

  constructor(port: number) {
    this.#port = port;
  }

  /** Address of the bootstrap server beside a prefiller. */
  addressOf({ host }: HostPort): string {
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  /** @throws SidecarError 502 */
  async ranksOf(prefiller: HostPort, signal: AbortSignal): Promise<readonly PrefillRank[]> {
    const known = this.#known.get(prefiller.text);
    if (known !== undefined) return known;
    const address = this.addressOf(prefiller);
    const ranks = await this.#ask(address, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
    // The one that has been there longest goes.
    if (this.#known.size >= MOST_PREFILLERS) this.#known.delete(this.#known.keys().next().value!);
    this.#known.set(prefiller.text, ranks);
    return ranks;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ask(address: string, signal: AbortSignal): Promise<readonly PrefillRank[]> {
    const fail = (why: string, cause?: unknown) =>
      new SidecarError(502, `the bootstrap server ${address} ${why}`, { cause });
    let answered: unknown;
    try {
      const answer = await collect(
        await this.#agent.request({ origin: address, path: '/query', method: 'GET', signal }),
        LIMIT_BYTES,
      );
      if (answer.status !== 200) throw fail(`answers with status ${answer.status}`);
      answered = JSON.parse(answer.body.toString('utf8'));
    } catch (error) {
      throw error instanceof SidecarError ? error : fail('gives no usable answer', error);
    }
    const ranks: PrefillRank[] = [];
    for (const [rank, about] of Object.entries((answered ?? {}) as Record<string, { engine_id?: unknown } | null>)) {
      if (/^\d+$/.test(rank) && typeof about?.engine_id === 'string') ranks.push({ rank, engineId: about.engine_id });
    }
    if (ranks.length === 0) throw fail('names no engine');
    return ranks;
  }
}
