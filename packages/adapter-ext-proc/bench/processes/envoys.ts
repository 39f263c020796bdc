/**
 * Starts Envoys, one for each configuration that it is sent, and tells their process and port. They end with this process,
 * and this process ends with the one that started it, whatever becomes of that.
 */
import { EnvoyProcess } from '../../test/envoy/rig/envoy-process.ts';
import type { EnvoyConfig } from '../../test/envoy/rig/shipped-config.ts';

export interface RunningEnvoy {
  readonly pid: number;
  readonly port: number;
}

const envoys: EnvoyProcess[] = [];

process.on('message', async (config: EnvoyConfig) => {
  const envoy = await EnvoyProcess.start(config);
  envoys.push(envoy);
  process.send!({ pid: envoy.pid, port: envoy.port } satisfies RunningEnvoy);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.on('disconnect', async () => {
  for (const envoy of envoys) await envoy[Symbol.asyncDispose]();
  process.exit();
});
process.send!('ready');
