/** Starts simulated model servers, the picker and Envoy, and chats through them. See README.md. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Child } from './child.ts';
import { converse } from './conversations.ts';
import { startEnvoy } from './envoy.ts';

const { values } = parseArgs({
  options: {
    /** One of the folder `configs`. */
    config: { type: 'string', default: 'recommended' },
    /** Ends after the conversations, and takes free ports. */
    once: { type: 'boolean', default: false },
  },
});

const here = fileURLToPath(new URL('..', import.meta.url));
const cli = path.dirname(createRequire(import.meta.url).resolve('@pointsman/cli/package.json'));
const command = [...process.execArgv, path.join(cli, 'src/bin.ts')];
const children: Child[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'pointsman-example-'));
let isStopping = false;

const port = (usual: number) => String(values.once ? 0 : usual);

function pointsman(name: string, ...args: readonly string[]): Child {
  const child = new Child(name, process.execPath, [...command, ...args, '--json', '--stop-with-stdin']);
  children.push(child);
  return child;
}

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await Promise.all(children.map((child) => child.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  const servers = pointsman(
    'simulated servers',
    ...[
      'sim',
      '--count',
      '3',
      '--port',
      port(8000),
      '--model',
      'simulated-model',
      '--enable-kvcache',
      '--max-model-len',
      '32768',
    ],
    ...['--kv-cache-size', '4096', '--block-size', '64', '--prefill-time-per-token', '20us'],
  );
  const { urls } = (await servers.announced()) as { urls: readonly string[] };

  for (const file of ['epp.yaml', 'endpoints.yaml']) copyFileSync(path.join(here, file), path.join(folder, file));
  let endpoints = readFileSync(path.join(folder, 'endpoints.yaml'), 'utf8');
  urls.forEach((url, i) => {
    endpoints = endpoints.replace(`"${8000 + i}"`, `"${new URL(url).port}"`);
  });
  writeFileSync(path.join(folder, 'endpoints.yaml'), endpoints);

  const isSecure = values.config === 'tls';
  const picker = pointsman(
    'picker',
    ...['epp', '--config-file', path.join(folder, 'epp.yaml'), '--host', '127.0.0.1'],
    ...['--grpc-port', port(9002), '--grpc-health-port', port(9003), '--metrics-port', port(9090)],
    ...['--admin-port', port(9091), `--secure-serving=${isSecure}`],
  );
  const ports = (await picker.announced()) as { picker: number; metrics: number; admin: string };

  const config = readFileSync(path.join(here, 'configs', `${values.config}.yaml`), 'utf8')
    .replace('port_value: 9002', `port_value: ${ports.picker}`)
    .replace('port_value: 8081', `port_value: ${port(8081)}`)
    .replace('port_value: 19000', `port_value: ${port(19_000)}`);
  const configFile = path.join(folder, 'envoy.yaml');
  writeFileSync(configFile, config);
  const { envoy, url } = await startEnvoy(configFile, folder);
  children.push(envoy);

  console.log(`Envoy      ${url}/v1`);
  console.log(`Live page  ${ports.admin}`);
  console.log(`Metrics    http://127.0.0.1:${ports.metrics}/metrics\n`);
  console.log('conversation  turn  model server            prompt  cached');
  for await (const { conversation, turn, endpoint, promptTokens, cachedTokens } of converse(url, ports.admin)) {
    const numbers = `${String(promptTokens).padStart(6)}  ${String(cachedTokens).padStart(6)}`;
    console.log(`${String(conversation).padEnd(14)}${String(turn).padEnd(6)}${endpoint.padEnd(22)}  ${numbers}`);
  }
  if (values.once) return;
  console.log(`\nYour turn:\n  curl -s ${url}/v1/chat/completions -H 'content-type: application/json' \\`);
  console.log(`    -d '{"model":"simulated-model","messages":[{"role":"user","content":"Hello"}],"max_tokens":8}'`);
  console.log('\nCtrl-C ends it.');
  await Promise.race(children.map((child) => child.failed()));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
try {
  await run();
} catch (error) {
  if (!isStopping) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
} finally {
  await stop();
}
