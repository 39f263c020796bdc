import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { Child } from './child.ts';

/** @throws Error when there is no Envoy */
function findEnvoy(): string {
  const places = [
    process.env.POINTSMAN_ENVOY ?? '',
    ...(process.env.PATH ?? '').split(path.delimiter).map((folder) => path.join(folder, 'envoy')),
    path.join(homedir(), '.cache/pointsman/envoy/envoy'),
  ];
  const found = places.find((file) => file !== '' && existsSync(file));
  if (found === undefined) throw new Error('There is no Envoy: run .ci/install-envoy, or name one in POINTSMAN_ENVOY.');
  return found;
}

interface Listeners {
  readonly listener_statuses: readonly [
    { readonly local_address: { readonly socket_address: { readonly address: string; readonly port_value: number } } },
  ];
}

/** Starts Envoy and waits until it serves. @param configFile with an admin port @returns its URL */
export async function startEnvoy(configFile: string, folder: string): Promise<{ envoy: Child; url: string }> {
  const adminFile = path.join(folder, 'admin');
  const args = ['-c', configFile, '--admin-address-path', adminFile, '--log-level', 'error', '--disable-hot-restart'];
  const envoy = new Child('Envoy', findEnvoy(), args);
  const ready = async () => {
    for (;;) {
      await after(50);
      if (!existsSync(adminFile)) continue;
      const admin = `http://${readFileSync(adminFile, 'utf8')}`;
      const state = await fetch(new URL('/ready', admin)).catch(() => undefined);
      if (state?.status !== 200) continue;
      const listeners = (await (await fetch(new URL('/listeners?format=json', admin))).json()) as Listeners;
      const { address, port_value } = listeners.listener_statuses[0].local_address.socket_address;
      return `http://${address}:${port_value}`;
    }
  };
  return { envoy, url: await Promise.race([ready(), envoy.failed()]) };
}
