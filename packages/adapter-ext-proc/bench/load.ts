import { Agent, request } from 'node:http';

export interface Load {
  readonly name: string;
  readonly promptBytes: number;
  readonly stream: boolean;
  readonly concurrency: number;
}

/** Sends requests for a while, so many at the same time. @returns how long each took, in milliseconds */
export async function measure(load: Load, url: string, ms: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const taken: number[] = [];
  const until = performance.now() + ms;
  let sent = 0;
  const client = async () => {
    while (performance.now() < until) {
      const startedMs = performance.now();
      await send(agent, url, bodyOf(load, sent++));
      taken.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, client));
  agent.destroy();
  return taken;
}

/** Every prompt begins differently: prefixes are hashed and looked up, and are not there. */
function bodyOf({ promptBytes, stream }: Load, number: number): string {
  const content = `${number} `.padEnd(promptBytes, 'word by word ');
  return JSON.stringify({ model: 'm', stream, messages: [{ role: 'user', content }] });
}

function send(agent: Agent, url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const outgoing = request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, (incoming) => {
      if (incoming.statusCode !== 200) reject(new Error(`status ${incoming.statusCode}`));
      incoming.resume().on('end', resolve).on('error', reject);
    });
    outgoing.on('error', reject).end(body);
  });
}
