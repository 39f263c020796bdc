import { createSimServer, type SimServer } from '@pointsman/testkit/sim';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../src/program.ts';
import { RunningCommand } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const SIDECAR = ['sidecar', '--host', '127.0.0.1', '--port', '0', '--secure-proxy=false', '--json'];

let prefill: SimServer;
let decode: SimServer;
beforeAll(async () => {
  [prefill, decode] = await Promise.all([createSimServer({ port: 0 }), createSimServer({ port: 0 })]);
});
afterAll(() => Promise.all([prefill, decode].map((server) => server.close())));

/** Starts a command on a port below those that the system gives away; on another one when somebody has it. */
async function startOnPort(argsFor: (port: number) => readonly string[]): Promise<RunningCommand> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    try {
      return await RunningCommand.start(argsFor(port));
    } catch (error) {
      if (!String(error).includes(`:${port}: the port is taken`)) throw error;
    }
  }
}

const portOf = (url: string) => Number(new URL(url).port);

/** Long prompts are computed on the prefill endpoint; the decode endpoint is the sidecar. */
const configFor = (sidecarPort: number) => `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
  - type: disagg-profile-handler
    parameters: { deciders: { prefill: always-disagg-pd-decider } }
  - type: always-disagg-pd-decider
  - type: decode-filter
  - type: prefill-filter
schedulingProfiles:
  - { name: decode, plugins: [{ pluginRef: decode-filter }] }
  - { name: prefill, plugins: [{ pluginRef: prefill-filter }] }
endpoints:
  - { name: d0, address: 127.0.0.1, port: ${sidecarPort}, labels: { llm-d.ai/role: decode } }
  - { name: p0, address: 127.0.0.1, port: ${prefill.port}, labels: { llm-d.ai/role: prefill } }
`;

async function served({ url }: SimServer): Promise<number> {
  const metrics = await (await fetch(new URL('/metrics', url))).text();
  return [...metrics.matchAll(/^vllm:request_success_total\{.*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

describe('pointsman sidecar', () => {
  it('has the prefill done where the picker says, and the answer streamed from its model server', async () => {
    const flags = ['--model-server-port', String(decode.port), '--allowed-hosts', '127.0.0.1'];
    await using sidecar = await startOnPort((port) => [...SIDECAR, ...flags, '--metrics-port', String(port)]);
    const { urls, metrics } = sidecar.announced as { urls: [string]; metrics: number };
    using folder = new TemporaryFolder();
    const config = folder.write('pd.yaml', configFor(portOf(urls[0])));
    await using gateway = await RunningCommand.start([
      'gateway',
      '--config',
      config,
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--no-admin',
      '--json',
    ]);
    const before = [await served(prefill), await served(decode)];
    for (const stream of [false, true]) {
      const answer = await fetch(`${String(gateway.announced.gateway)}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-prefiller-host-port': '127.0.0.1:1' },
        body: JSON.stringify({
          model: 'simulated-model',
          messages: [{ role: 'user', content: 'say it again' }],
          max_tokens: 5,
          stream,
          ...(stream && { stream_options: { include_usage: true } }),
        }),
      });
      const text = await answer.text();
      expect({ status: answer.status, text }).toMatchObject({ status: 200 });
      expect(text).toContain('"cached_tokens":0');
    }
    expect([await served(prefill), await served(decode)]).toEqual(before.map((n) => n + 2));
    const told = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(told).toMatch(/^pointsman_sidecar_requests_total\{served="split",status="200"\} 2$/m);
    expect(told).toMatch(/^pointsman_sidecar_prefill_duration_seconds_count\{result="ok"\} 2$/m);
    // Another prefiller than the list has.
    const other = await fetch(`${urls[0]}/v1/completions`, {
      method: 'POST',
      headers: { 'x-prefiller-host-port': '10.0.0.1:80' },
      body: '{}',
    });
    expect(other.status).toBe(403);
    expect(await sidecar.end()).toBe(0);
    expect(sidecar.log).toContain('the sidecar has ended');
  });

  it('takes a configuration, over which the command line wins', async () => {
    const yaml =
      '{secure-proxy: true, kv-connector: shared-storage, enable-tls: [prefiller], prefill-retry-backoff: 60ms}';
    await using sidecar = await RunningCommand.start([...SIDECAR, '--configuration', yaml]);
    expect(sidecar.announced.urls).toEqual([expect.stringMatching(/^http:/)]);
    expect(await sidecar.end()).toBe(0);
    expect(sidecar.log).toContain('"connector":"shared-storage"');
  });

  it.each([
    [['--decode-chunk-size', '4'], '--decode-chunk-size cannot be honoured: chunked decode is not there'],
    [['--moriio-write-mode'], '--moriio-write-mode cannot be honoured'],
    [['--inference-pool', 'default/pool'], '--allowed-hosts'],
    [['--enable-ssrf-protection'], '--enable-ssrf-protection needs --allowed-hosts'],
    [['--allowed-hosts', '10.0.0.0/99'], '"10.0.0.0/99" is no subnet'],
    [['--enable-tls', 'prefil'], '"prefil" is no stage'],
    [['--kv-connector', 'lmcache'], 'Allowed choices are'],
    [['--configuration', '{kv-conector: nixlv2}'], 'there is no option "kv-conector"'],
    [['--configuration', '{metrics-port: x}'], '--configuration: metrics-port: '],
    [['--configuration', '{decode-chunk-size: 4}'], '--decode-chunk-size cannot be honoured'],
  ])('refuses %j', async (flags, complaint) => {
    const program = await createProgram('sidecar');
    program.commands.find((command) => command.name() === 'sidecar')!.configureOutput({ writeErr() {} });
    await expect(program.parseAsync([...SIDECAR, ...flags], { from: 'user' })).rejects.toThrow(complaint);
  });
});
