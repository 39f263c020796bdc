import type { Server } from 'node:net';
import { GrpcServer } from '../grpc/grpc-server.ts';
import type { ListenAddress } from '../grpc/listen-address.ts';
import { healthMethods } from './health-methods.ts';
import type { ServingState } from './serving-state.ts';

/** Answers health probes on a port of its own, without TLS, as Kubernetes asks them. */
export interface HealthServer {
  /** @returns the port @throws Error when the address cannot be listened on */
  listen(address: ListenAddress): Promise<number>;
  /** What listens, once it does: it emits `error` when it cannot take connections any more. */
  readonly listener: Server | undefined;
  close(): void;
}

/** Names of services are short. */
const MESSAGE_BYTES = 4096;
/** Of one client; answers are a few bytes. */
const CALLS = 100;
const HELD_BYTES = 1024 * 1024;

export function createHealthServer(state: ServingState): HealthServer {
  const server = new GrpcServer({
    methods: new Map(healthMethods(state)),
    messageBytes: MESSAGE_BYTES,
    callsPerConnection: CALLS,
    heldBytes: HELD_BYTES,
  });
  return {
    listen: (address) => server.listen(address),
    get listener() {
      return server.listener;
    },
    close: () => server.close(),
  };
}
