import type { PlainCall } from './plain-call.ts';
import { selectMetrics } from './select-metrics.ts';
import { sendText } from './send.ts';
import type { SimContext } from './sim-context.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const GARBAGE = `vllm:num_requests_running{model_name="x 12\n{}\nvllm:num_requests_waiting NaNNaN -\n\u0000\u0001<html>\n`;

/** Pages as they were when the fault `stale-metrics` came. */
const frozen = new WeakMap<SimContext, string>();

/** `GET /metrics`: the whole page, whatever the query says. */
export function metricsPage({ response, context }: PlainCall): void {
  sendText(response, 200, currentPage(context), CONTENT_TYPE);
}

/** `GET /metrics/`: those metrics that the query asks for by `name[]`, all without one. */
export function metricsByName({ request, response, context }: PlainCall): void {
  if (!context.options.metricsByName) {
    sendText(response, 404, 'Not Found');
    return;
  }
  const names = new URL(request.url!, 'http://localhost').searchParams.getAll('name[]');
  const page = currentPage(context);
  sendText(response, 200, names.length === 0 ? page : selectMetrics(page, names), CONTENT_TYPE);
}

function currentPage(context: SimContext): string {
  if (context.faults.find('garbage-metrics')) return GARBAGE;
  const isStale = context.faults.find('stale-metrics') !== undefined;
  const page =
    (isStale ? frozen.get(context) : undefined) ?? context.metrics.page(context.engine.stats(), context.clock.now());
  if (isStale) frozen.set(context, page);
  else frozen.delete(context);
  return page;
}
