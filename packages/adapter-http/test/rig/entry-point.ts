import type { Gateway } from '../../src/gateway/create-gateway.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { createGatewayServer } from '../../src/server/gateway-server.ts';

/** A gateway that listens, by whatever it is attached to. */
export interface Served {
  readonly gateway: Gateway;
  readonly url: string;
  /** Closes the gateway, then what it is attached to. */
  close(): Promise<void>;
}

/** Attaches a gateway to one kind of server. */
export type EntryPoint = (options: GatewayOptions) => Promise<Served>;

/** The gateway with a listener of its own. */
export const onNode: EntryPoint = async (options) => {
  const server = createGatewayServer(options);
  const { url } = await server.listen({ host: '127.0.0.1' });
  return { gateway: server.gateway, url, close: () => server.close({ graceMs: 0 }) };
};
