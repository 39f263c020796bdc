import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { main } from '../src/main.ts';
import { CORE, pointsman, RunningCommand } from './command.ts';
import { healthOf, processChat, unchecked } from './grpc.ts';
import { TemporaryFolder } from './temporary-folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const DESTINATION = 'x-gateway-destination-endpoint';
const FREE_PORTS = [
  '--host',
  '127.0.0.1',
  '--grpc-port',
  '0',
  '--grpc-health-port',
  '0',
  '--metrics-port',
  '0',
  '--json',
];
const PLAIN = [...FREE_PORTS, '--secure-serving=false'];

interface Ports {
  readonly picker: number;
  readonly health: number;
  readonly metrics: number;
  readonly bbr: number;
}

const CONFIG = `apiVersion: llm-d.ai/v1alpha1
kind: EndpointPickerConfig
plugins:
  - type: queue-scorer
  - type: active-request-scorer
  - type: max-score-picker
  - type: file-discovery
    parameters: { path: endpoints.yaml, watchFile: true }
schedulingProfiles:
  - name: default
    plugins:
      - pluginRef: queue-scorer
      - pluginRef: active-request-scorer
      - pluginRef: max-score-picker
dataLayer:
  discovery: { pluginRef: file-discovery }
`;

/** A folder with a configuration and its file of endpoints. */
function configFolder(config = CONFIG): { folder: TemporaryFolder; file: string; [Symbol.dispose](): void } {
  const folder = new TemporaryFolder();
  writeFileSync(
    path.join(folder.path, 'endpoints.yaml'),
    'endpoints:\n  - { name: a, address: 10.0.0.1, port: "8000" }\n',
  );
  const file = path.join(folder.path, 'epp.yaml');
  writeFileSync(file, config);
  return { folder, file, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

describe('pointsman epp', { concurrent: true }, () => {
  it("starts as llm-d's endpoint picker does", async () => {
    using given = configFolder();
    const flags = ['--health-checking', '--tracing=false', '--enable-plugin-metrics', '-v=4', '--drain-timeout', '60s'];
    await using epp = await RunningCommand.start([
      ...['epp', '--pool-name', 'epp', '--config-file', given.file],
      ...PLAIN,
      ...flags,
    ]);
    const { picker, health, metrics } = epp.announced as unknown as Ports;
    for (const port of [picker, health]) {
      expect(await healthOf(port)).toMatchObject({
        'envoy.service.ext_proc.v3.ExternalProcessor': 'SERVING',
        liveness: 'SERVING',
      });
    }
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.1:8000');
    const page = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(page).toMatch(/^llm_d_epp_request_total\{model_name="m",.*\} 1$/m);
    expect(page).toContain('llm_d_epp_ready_endpoints{name="epp"} 1');
    expect(page).toContain('llm_d_epp_scheduler_e2e_duration_seconds_count 1');
    expect(page).toContain('llm_d_epp_request_processing_duration_seconds_count 1');
    expect(page).toMatch(
      /^llm_d_epp_plugin_duration_seconds_count\{extension_point="Scorer",plugin_type="queue-scorer",.*\} 1$/m,
    );
    expect(page).toMatch(/^llm_d_epp_inflight_requests\{endpoint_name="a",namespace="default",.*\} \d$/m);
    expect(page).toMatch(/^llm_d_epp_info\{commit="",build_ref="\d.*"\} 1$/m);
    expect((await fetch(`http://127.0.0.1:${metrics}/`)).status).toBe(404);
    expect(epp.log).toContain('"msg":"decision"');
    expect(await epp.end('SIGINT')).toBe(0);
  });

  it('follows the file of endpoints and the configuration', async () => {
    using given = configFolder();
    await using epp = await RunningCommand.start(['epp', '--config-file', given.file, ...PLAIN]);
    const { picker } = epp.announced as unknown as Ports;
    const added = epp.untilLogged('"endpoint":"default/b"');
    writeFileSync(
      path.join(given.folder.path, 'endpoints.yaml'),
      'endpoints:\n  - { name: b, address: 10.0.0.2, port: "8000" }\n',
    );
    await added;
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.2:8000');
    const refused = epp.untilLogged('configuration refused');
    writeFileSync(given.file, CONFIG.replace('queue-scorer', 'queue-scorre'));
    await refused;
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.2:8000');
    const reloaded = epp.untilLogged('configuration reloaded');
    writeFileSync(given.file, CONFIG.replaceAll('queue-scorer', 'running-requests-size-scorer'));
    await reloaded;
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.2:8000');
  });

  it('speaks TLS unless it is told otherwise, and takes the configuration as a text', async () => {
    const text = 'endpoints: [http://10.0.0.7:8000]';
    await using epp = await RunningCommand.start(['epp', '--config-text', text, ...FREE_PORTS]);
    const { picker } = epp.announced as unknown as Ports;
    expect((await processChat(picker, 'm', unchecked))[DESTINATION]).toBe('10.0.0.7:8000');
    await expect(processChat(picker, 'm')).rejects.toThrow();
  });

  it('says that it drains, and serves on until it is told again', async () => {
    const text = 'endpoints: [http://10.0.0.7:8000]';
    await using epp = await RunningCommand.start([
      ...['epp', '--config-text', text, '--drain-timeout', '1h'],
      ...PLAIN,
    ]);
    const { picker, health } = epp.announced as unknown as Ports;
    const drains = epp.untilLogged('the picker drains');
    epp.child.kill('SIGTERM');
    await drains;
    expect(await healthOf(health)).toMatchObject({ readiness: 'NOT_SERVING', liveness: 'SERVING' });
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.7:8000');
    expect(await epp.end('SIGTERM')).toBe(143);
  });

  it('ends when it has drained', async () => {
    const text = 'endpoints: [http://10.0.0.7:8000]';
    await using epp = await RunningCommand.start([
      ...['epp', '--config-text', text, '--drain-timeout', '10ms'],
      ...PLAIN,
    ]);
    expect(await epp.end('SIGTERM')).toBe(0);
    expect(epp.log).toMatch(/the picker drains.*the picker has ended/s);
  });

  it('outlives a plugin that fails outside of every request', async () => {
    using given = configFolder(
      `imports: [./broken.mjs]\n${CONFIG}`.replace('plugins:\n', 'plugins:\n  - type: broken\n'),
    );
    writeFileSync(
      path.join(given.folder.path, 'broken.mjs'),
      `import { definePlugin } from ${CORE};
export const broken = definePlugin({
  type: 'broken',
  create() {
    setTimeout(() => { throw new Error('timer'); }, 0);
    Promise.reject(new Error('promise'));
    return { preCall() { throw new Error('hook'); } };
  },
});
`,
    );
    await using epp = await RunningCommand.start(['epp', '--config-file', given.file, ...PLAIN]);
    const { picker } = epp.announced as unknown as Ports;
    expect((await processChat(picker, 'm'))[DESTINATION]).toBe('10.0.0.1:8000');
    expect(epp.log).toContain('Error: timer');
    expect(epp.log).toContain('Error: promise');
  });

  it('routes by bodies on a port of its own', async () => {
    using given = configFolder();
    const bases = path.join(given.folder.path, 'bases.yaml');
    writeFileSync(bases, 'llama: [lora-a]\n');
    await using epp = await RunningCommand.start([
      ...['epp', '--config-file', given.file, '--bbr-port', '0', '--bbr-base-models', bases],
      ...PLAIN,
    ]);
    const { bbr, metrics } = epp.announced as unknown as Ports;
    expect(await processChat(bbr, 'lora-a')).toMatchObject({
      'x-gateway-model-name': 'lora-a',
      'x-gateway-base-model-name': 'llama',
    });
    const page = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    expect(page).toContain('bbr_success_total 1');
    expect(page).toContain('bbr_info{');
  });

  it('ends with an error when it cannot listen', async () => {
    const text = 'endpoints: [http://10.0.0.7:8000]';
    await using first = await RunningCommand.start(['epp', '--config-text', text, ...PLAIN]);
    const { picker, metrics } = first.announced as unknown as Ports;
    const again = (flag: string, port: number) => [...PLAIN.filter((arg) => arg !== '--json'), flag, String(port)];
    for (const [flag, port, what] of [
      ['--grpc-port', picker, 'the picker'],
      ['--metrics-port', metrics, 'the metrics listener'],
    ] as const) {
      const { code, stderr } = await pointsman(['epp', '--config-text', text, ...again(flag, port)]);
      expect(code).toBe(1);
      expect(stderr).toContain(`pointsman: ${what} cannot listen on 127.0.0.1:${port}: the port is taken`);
    }
  });

  // They take turns: each listens to what this process says.
  it.sequential.each([
    ['--tracing=perhaps', 'Expected true or false'],
    ['--endpoint-selector=app=vllm', 'Kubernetes'],
    ['--ha-enable-leader-election', 'leader'],
    ['--refresh-metrics-interval=50ms', 'metrics-data-source'],
    ['--metrics-endpoint-auth=true', 'guard it'],
    ['--lora-info-metric=x', 'core-metrics-extractor'],
    ['--tls-cipher-suites=TLS_MADE_UP', 'TLS_MADE_UP'],
    ['--secure-serving=perhaps', 'Expected true or false'],
    ['--drain-timeout=soon', 'Expected a duration'],
    ['--enable-cert-reload', '--cert-path'],
  ])('does not start with %s', async (flag, hint) => {
    const said: string[] = [];
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      said.push(String(text));
      return true;
    });
    try {
      const code = await main(['epp', '--config-text', 'endpoints: [http://10.0.0.7:8000]', flag]);
      expect({ code, said: said.join('') }).toEqual({ code: 2, said: expect.stringContaining(hint) });
    } finally {
      spy.mockRestore();
    }
  });

  it('accepts flags that ask for what is so anyway', async () => {
    const flags = [
      '--tracing=false',
      '--enable-pprof=false',
      '--metrics-endpoint-auth=false',
      '--allow-experimental-plugins',
    ];
    const suites =
      '--tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256';
    await using epp = await RunningCommand.start([
      ...['epp', '--config-text', 'endpoints: [http://10.0.0.7:8000]', ...flags, suites],
      ...['--tls-min-version', 'VersionTLS12', ...FREE_PORTS],
    ]);
    const { picker } = epp.announced as unknown as Ports;
    expect((await processChat(picker, 'm', unchecked))[DESTINATION]).toBe('10.0.0.7:8000');
  });

  it('says what is missing', async () => {
    const { code, stderr } = await pointsman(['epp', ...PLAIN]);
    expect(code).toBe(1);
    expect(stderr).toContain('the configuration does not say where endpoints come from');
  });
});
