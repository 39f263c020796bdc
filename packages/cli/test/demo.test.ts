import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { pointsman, spawnCommand } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 240_000 });

const SMALL = ['--servers', '3', '--requests', '60', '--speed', '30'];

describe('pointsman demo', () => {
  it('finds more cached prefixes than round robin, and says so', async () => {
    using folder = new TemporaryFolder();
    const config = path.join(folder.path, 'demo.yaml');
    const file = path.join(folder.path, 'result.json');
    const { code, stdout, stderr } = await pointsman(['demo', ...SMALL, '--config', config, '--json', file]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('60/60');
    for (const part of [
      'round robin',
      'learned latency',
      'TTFT p50',
      'E2E p99',
      'prefix hit rate',
      'Live page: http://127.0.0.1:',
      config,
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/Decision default:\d+ /);

    const result = JSON.parse(readFileSync(file, 'utf8'));
    expect(result).toMatchObject({ servers: 3, requests: 60, speed: 30, decision: { version: 1 } });
    const quantiles = { p50: expect.any(Number), p95: expect.any(Number), p99: expect.any(Number) };
    for (const run of [result.roundRobin, result.learnedLatency, result.blend]) {
      expect(run).toMatchObject({ requests: 60, failed: 0, ttftMs: quantiles, e2eMs: quantiles });
    }
    expect(Object.keys(result.roundRobin.endpoints)).toEqual([
      'default/server-1',
      'default/server-2',
      'default/server-3',
    ]);
    expect(result.roundRobin.requestImbalance).toBe(1);
    expect(result.blend.prefixHitRate).toBeGreaterThan(result.roundRobin.prefixHitRate);
    expect(readFileSync(config, 'utf8')).toContain('pluginRef: prefix-cache-scorer');
  });

  it('leaves no process behind, even when it is killed', async () => {
    const demo = spawnCommand(['demo', ...SMALL, '--json', '-']);
    let log = '';
    demo.stderr!.setEncoding('utf8').on('data', (text: string) => (log += text));
    // Its servers and the gateway run by then.
    await vi.waitUntil(() => log.includes('15/60'), { timeout: 120_000 });
    const children = childrenOf(demo.pid!);
    expect(children).toHaveLength(4);
    const closed = once(demo, 'close');
    demo.kill('SIGKILL');
    await closed;
    await vi.waitUntil(() => children.every((pid) => !isAlive(pid)), { timeout: 30_000 });
  });

  it('refuses a configuration that cannot be used before it starts anything', async () => {
    using folder = new TemporaryFolder();
    const list = folder.write('list.yaml', '- 1\n');
    const unknown = folder.write('unknown.yaml', 'plugins: [{ type: queu-scorer }]\n');
    const tiny = ['--servers', '1', '--requests', '1', '--speed', '1000'];
    const [noMap, badPlugin] = await Promise.all([
      pointsman(['demo', ...tiny, '--config', list]),
      pointsman(['demo', ...tiny, '--config', unknown]),
    ]);
    expect(noMap).toMatchObject({ code: 1, stderr: expect.stringContaining(`${list}:1:1: expected a map`) });
    expect(noMap.stdout).toBe('');
    expect(badPlugin).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean "queue-scorer"?') });
  });
});

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
