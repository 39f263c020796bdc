import { randomUUID } from 'node:crypto';
import type { HostPort } from '../request/host-port.ts';

/** `remote_kv_source`: where an engine may pull blocks from, as JSON text. */
export function kvSource({ host }: HostPort, p2pPort: number): string {
  return JSON.stringify({ kv_request_id: randomUUID(), remote_host: host, remote_port: p2pPort });
}
