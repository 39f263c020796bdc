import { allowHosts, type EncoderConnector, type KvConnector, type SidecarOptions } from '../../src/index.ts';
import type { Recording } from './recording.ts';

/** What the flags of a recording mean. @throws Error for a flag that is not known */
export function optionsOf({ sidecar }: Recording, ports: Readonly<Record<string, number>>): SidecarOptions {
  const { env = {}, allow, flags } = sidecar;
  const all: Record<string, string> = { ...inline(flags.configuration), ...flags };
  const options: { -readonly [K in keyof SidecarOptions]: SidecarOptions[K] } = {
    // No name: to look it up takes time that nobody sees.
    modelServer: { host: '127.0.0.1', port: ports.decode! },
    ...(env.POD_IP !== undefined && { podIp: env.POD_IP }),
    ...(env.SGLANG_BOOTSTRAP_PORT !== undefined && { sglangBootstrapPort: Number(env.SGLANG_BOOTSTRAP_PORT) }),
    ...(allow !== undefined && { allowedHosts: allowHosts(allow) }),
  };
  for (const [flag, value] of Object.entries(all)) {
    if (flag === 'kv-connector') options.kvConnector = value as KvConnector;
    else if (flag === 'ec-connector') options.encoderConnector = value as EncoderConnector;
    else if (flag === 'data-parallel-size') options.dataParallelSize = Number(value);
    else if (flag === 'mooncake-bootstrap-port') options.mooncakeBootstrapPort = Number(value);
    else if (flag === 'p2p-connector-port') options.p2pPort = Number(value);
    else if (flag === 'enable-p2p-pull') options.p2pPull = value === 'true';
    else if (flag === 'prefill-max-retries') options.prefillRetry = { max: Number(value), backoffMs: 20 };
    else if (flag === 'enable-tls') options.tls = { prefiller: { rejectUnauthorized: false } };
    else if (!OTHER.has(flag)) throw new Error(`the recording has a flag that this test does not know: --${flag}`);
  }
  return options;
}

/** What belongs to the listener, or goes with another flag. */
const OTHER: ReadonlySet<string> = new Set([
  'configuration',
  'secure-proxy',
  'prefill-retry-backoff',
  'enable-ssrf-protection',
  'inference-pool',
  'tls-insecure-skip-verify',
]);

function inline(yaml = '{}'): Record<string, string> {
  return Object.fromEntries(
    yaml
      .slice(1, -1)
      .split(',')
      .filter((pair) => pair !== '')
      .map((pair) => pair.split(':').map((part) => part.trim()) as [string, string]),
  );
}
