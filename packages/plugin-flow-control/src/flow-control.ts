import { agentIdentity, definePlugin, optional } from '@pointsman/core';
import type { ParsedRequest } from '@pointsman/inference-api';
import { flowControlParams } from './flow-control-params.ts';
import { FlowController } from './flow-controller.ts';
import { flowMetrics } from './metrics/flow-metrics.ts';
import { rankOf } from './policies/ordering.ts';
import { PoolSaturation } from './pool-saturation.ts';

/** Headers by which a request says which flow it belongs to; the older name counts where the newer one is absent. */
const [FAIRNESS_HEADER, OLDER_FAIRNESS_HEADER] = ['x-llm-d-inference-fairness-id', 'x-gateway-inference-fairness-id'];
const DEFAULT_FLOW = 'default-flow';

/** The agent that a request comes from, where `agent-identity` is at work. */
const agent = optional(agentIdentity);

/**
 * Has requests wait until the pool has room for them. Higher priorities go first; within one, flows and their requests are
 * ordered by the rules of its band. Who waits too long, or comes when too many wait, is turned away. Requests without a body
 * ask for no inference, and pass by.
 */
export const flowControl = definePlugin({
  type: 'flow-control',
  description: 'Has requests wait until the pool has room for them, by priority and in fairness.',
  params: flowControlParams,
  reads: [agent],
  create: ({ params, pool, clock, metrics, endpoints, saturation, onClose }) => {
    const observer = flowMetrics(metrics, pool);
    const poolSaturation = new PoolSaturation(saturation(params.saturationDetector));
    const list = () => endpoints.list();
    const controller = new FlowController({ params, clock, saturation: poolSaturation, endpoints: list, observer });
    onClose(() => controller.close());

    return {
      admit(cycle) {
        const { request } = cycle;
        const { headers } = request;
        const bytes = bodyBytes(request.payload, headers);
        if (bytes === 0) return;
        const named = headers[FAIRNESS_HEADER] ?? headers[OLDER_FAIRNESS_HEADER];
        const fairnessId = named || cycle.get(agent) || DEFAULT_FLOW;
        // A priority that is none cannot be ordered.
        const priority = Number.isFinite(request.priority) ? request.priority : 0;
        const { ordering } = controller.bands.of(priority).limits;
        const facts = {
          fairnessId,
          priority,
          bytes: bytes ?? 0,
          rank: rankOf(ordering, cycle.now, params.requestTtlMs, headers),
          labels: observer.labelsOf(request, fairnessId),
        };
        return controller.admit(facts, (fn) => cycle.onAbandoned(fn));
      },
      postChoice: () => controller.placed(),
      // What the request took has been released by then.
      afterResponse: () => controller.dispatch(),
      endpointAdded: () => controller.endpointsChanged(),
      endpointRemoved: () => controller.endpointsChanged(),
      inspect: () => ({
        saturation: poolSaturation.of(endpoints.list()).effective,
        requests: controller.requests,
        bytes: controller.bytes,
        bands: controller.bands.all.map(({ priority, requests, bytes, queue }) => ({
          priority,
          requests,
          bytes,
          flows: queue.flows,
        })),
      }),
    };
  },
});

/** Size of a body that an adapter read; undefined when nobody says, as for requests that did not come over a wire. */
function bodyBytes(payload: unknown, headers: Readonly<Record<string, string | undefined>>): number | undefined {
  const body = (payload as Partial<ParsedRequest> | undefined)?.body;
  if (body !== undefined) return body.byteLength;
  const said = Number(headers['content-length']);
  return Number.isSafeInteger(said) && said > 0 ? said : undefined;
}
