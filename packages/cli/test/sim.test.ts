import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { pointsman, RunningCommand } from './command.ts';

vi.setConfig({ testTimeout: 120_000 });

describe('pointsman sim', { concurrent: true }, () => {
  it('serves until it is told to stop', async () => {
    await using sim = await RunningCommand.start(['sim', '--port', '0', '--count', '2', '--mode', 'echo', '--json']);
    const urls = sim.announced.urls as readonly string[];
    expect(new Set(urls).size).toBe(2);
    for (const url of urls) {
      const answer = await fetch(new URL('/v1/completions', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'simulated-model', prompt: 'come again' }),
      });
      expect(await answer.json()).toMatchObject({ choices: [{ text: expect.stringContaining('come again') }] });
    }
    expect(await sim.end()).toBe(0);
  });

  it('ends with its standard input when it is asked to', async () => {
    await using sim = await RunningCommand.start(['sim', '--port', '0', '--json', '--stop-with-stdin']);
    const closed = once(sim.child, 'close');
    sim.child.stdin!.end();
    expect(await closed).toEqual([0, null]);
  });

  it('refuses options that make no sense, and a port that is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const [value, together, unknown, inUse] = await Promise.all([
      pointsman(['sim', '--inter-token-latency', 'soon']),
      pointsman(['sim', '--max-num-seqs', '10', '--max-num-batched-tokens', '5']),
      pointsman(['sim', '--max-num-seq', '10']),
      pointsman(['sim', '--port', String(port)]),
    ]);
    taken.close();
    expect(value).toMatchObject({ code: 2, stderr: expect.stringContaining('--inter-token-latency: ') });
    expect(together).toMatchObject({ code: 2, stderr: expect.stringContaining('--max-num-batched-tokens: ') });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean --max-num-seqs?') });
    expect(inUse).toMatchObject({ code: 1, stderr: expect.stringContaining(`127.0.0.1:${port}: the port is taken`) });
  });
});
