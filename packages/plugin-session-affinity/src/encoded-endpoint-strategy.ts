import { decodeEndpoint, encodeEndpoint } from './endpoint-token.ts';
import type { SessionAffinityParams } from './session-affinity-params.ts';
import type { SessionStrategy } from './session-strategy.ts';

/**
 * The client carries its endpoint: the answer brings a token in a header, and the client sends it back. Nothing is
 * remembered here. A token is no secret and gives no right: it counts only for an endpoint that is a candidate anyway.
 */
export function encodedEndpointStrategy(params: SessionAffinityParams): SessionStrategy {
  const { profileName } = params;
  const { header } = params.encodedEndpointHeaderConfig;
  return {
    endpointOf(cycle) {
      const token = cycle.request.headers[header];
      if (token === undefined || token === '') return undefined;
      const id = decodeEndpoint(token);
      if (id === undefined) cycle.note(`${header} holds no session token`);
      return id;
    },
    parts: {
      progress(_cycle, decision, progress) {
        if (progress.kind !== 'headers') return;
        const endpoint =
          profileName === '' || profileName === decision.primaryProfile
            ? progress.served
            : decision.results.find(({ profile }) => profile === profileName)?.target;
        if (endpoint !== undefined) progress.setHeader(header, encodeEndpoint(endpoint.id));
      },
    },
  };
}
