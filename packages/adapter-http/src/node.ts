export { createGatewayServer, type GatewayServer, type GatewayServerOptions } from './server/gateway-server.ts';
