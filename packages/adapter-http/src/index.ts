export type { CompletedRequest } from './gateway/completed-request.ts';
export { createGateway, DEFAULT_BODY_LIMIT, type Gateway } from './gateway/create-gateway.ts';
export type {
  GatewayLimits,
  GatewayOptions,
  GatewayTimeouts,
  HealthOptions,
  RetryBudgetOptions,
  RetryOptions,
  UpstreamOptions,
} from './gateway/gateway-options.ts';
export type { UpstreamFailure } from './gateway/upstream-failure.ts';
