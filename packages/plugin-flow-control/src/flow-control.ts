import {
  agentIdentity,
  type Cycle,
  type Decision,
  definePlugin,
  type InferenceRequest,
  optional,
} from '@pointsman/core';
import { DEFAULT_FLOW, fairnessIdOf, type ParsedRequest } from '@pointsman/inference-api';
import { flowControlParams } from './flow-control-params.ts';
import { FlowController } from './flow-controller.ts';
import { flowMetrics } from './metrics/flow-metrics.ts';
import { firstTokenDueAt } from './policies/ordering.ts';
import { PoolSaturation } from './pool-saturation.ts';
import type { PriorityBand } from './priority-band.ts';

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
  create: ({ params, pool, clock, log, metrics, endpoints, saturation, inherited, onClose }) => {
    const settings = { params, saturation: new PoolSaturation(saturation(params.saturationDetector)) };
    const list = () => endpoints.list();
    const controller =
      inherited instanceof FlowController
        ? inherited
        : new FlowController({ clock, log, endpoints: list, observer: flowMetrics(metrics, pool) }, settings);
    let isActivated = false;
    onClose(() => {
      if (isActivated) controller.end();
    });
    const goesByPrograms = [params.defaultBand, params.negativeBand, ...params.bands].some(
      (band) => band?.fairness === 'program-aware-fairness',
    );
    /** Of calls that run, where bands go by it. */
    const programs = goesByPrograms ? new WeakMap<Decision, string>() : undefined;

    return {
      admit(cycle) {
        const { request } = cycle;
        const { headers } = request;
        const bytes = bodyBytes(request);
        if (bytes === 0) return;
        const fairnessId = flowOf(cycle);
        const facts = {
          fairnessId,
          priority: priorityOf(request),
          bytes: bytes ?? 0,
          firstTokenDueAt: firstTokenDueAt(cycle.now, headers),
          labels: controller.observer.labelsOf(request, fairnessId),
        };
        return controller.admit(facts, (fn) => cycle.onAbandoned(fn));
      },
      postChoice(cycle, decision) {
        const { request } = cycle;
        const releases = [controller.placed()];
        if (bodyBytes(request) !== 0) {
          const evictable = controller.mayBeEvicted(priorityOf(request), decision);
          if (evictable !== undefined) releases.push(evictable);
          if (programs !== undefined) {
            const id = flowOf(cycle);
            programs.set(decision, id);
            const waitedMs = decision.attempt === 1 ? clock.now() - cycle.now : undefined;
            releases.push(controller.programs.placed(id, waitedMs));
          }
        }
        return releases.length === 1 ? releases[0] : () => releases.forEach((release) => void release());
      },
      readsResponseBody: goesByPrograms,
      afterResponse(_cycle, decision, { usage }) {
        const id = programs?.get(decision);
        if (id !== undefined && usage !== undefined) controller.programs.served(id, usage);
        // What the request took has been released by then.
        controller.dispatch();
      },
      activated() {
        isActivated = true;
        controller.begin(settings);
      },
      retired: () => controller.retire(settings),
      endpointAdded: () => controller.endpointsChanged(),
      endpointRemoved: () => controller.endpointsChanged(),
      handOver: () => controller,
      inspect() {
        const { bands, bytes, requests, saturation } = controller;
        const ofBand = ({ priority, requests, bytes, queue }: PriorityBand) => {
          return { priority, requests, bytes, flows: queue.flows };
        };
        return { saturation, requests, bytes, bands: bands.all.map(ofBand) };
      },
    };
  },
});

/** The flow that a request belongs to. */
function flowOf(cycle: Cycle<readonly [typeof agent]>): string {
  return fairnessIdOf(cycle.request.headers) ?? (cycle.get(agent) || DEFAULT_FLOW);
}

/** A priority that is none cannot be ordered. */
function priorityOf({ priority }: InferenceRequest): number {
  return Number.isFinite(priority) ? priority : 0;
}

/** Size of a body that an adapter read; undefined when nobody says, as for requests that did not come over a wire. */
function bodyBytes({ payload, headers }: InferenceRequest): number | undefined {
  const body = (payload as Partial<ParsedRequest> | undefined)?.body;
  if (body !== undefined) return body.byteLength;
  const said = Number(headers['content-length']);
  return Number.isSafeInteger(said) && said > 0 ? said : undefined;
}
