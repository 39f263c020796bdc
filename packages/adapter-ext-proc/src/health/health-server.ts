import { Server, ServerCredentials } from '@grpc/grpc-js';
import { bind, type ListenAddress } from '../server/bind.ts';
import { HEALTH, healthService } from './health-service.ts';
import type { ServingState } from './serving-state.ts';

/** Answers health probes on a port of its own, without TLS, as Kubernetes asks them. */
export interface HealthServer {
  /** @returns the port @throws Error when the address cannot be listened on */
  listen(address: ListenAddress): Promise<number>;
  close(): void;
}

export function createHealthServer(state: ServingState): HealthServer {
  const server = new Server();
  server.addService(HEALTH, healthService(state));
  return {
    listen: (address) => bind(server, address, ServerCredentials.createInsecure()),
    close: () => server.forceShutdown(),
  };
}
