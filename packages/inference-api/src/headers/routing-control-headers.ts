/**
 * Headers by which a client could choose the model server, or make one talk to an address of the client's choice.
 * Only the scheduler may set them: what a client sends is removed before the request goes on. Headers that plugins
 * read on purpose (session ids and tokens, objective, fairness id, latency targets) are not among them.
 */
export const routingControlHeaders: ReadonlySet<string> = new Set([
  // Where a proxy sends the request, may send it, sent it.
  'x-gateway-destination-endpoint',
  'x-gateway-destination-endpoint-subset',
  'x-gateway-destination-endpoint-served',
  'x-gateway-destination-endpoint-scores',
  // Whom the sidecar or the engine of the model server contacts.
  'x-prefiller-host-port',
  'x-encoder-hosts-ports',
  'x-data-parallel-host-port',
  'x-data-parallel-rank',
  'x-kv-cache-source-host-port',
  // Which model is served instead of the one in the body.
  'x-llm-d-model-name-rewrite',
  'x-gateway-model-name-rewrite',
  // What only the scheduler says about a request that it refused.
  'x-llm-d-request-dropped-reason',
  // What test suites use to name an endpoint.
  'test-epp-endpoint-selection',
  'x-conformance-test-served-endpoint',
]);
