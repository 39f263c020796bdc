import type { PlainCall } from './plain-call.ts';
import { sendText } from './send.ts';
import type { SimContext } from './sim-context.ts';

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';
const GARBAGE = `vllm:num_requests_running{model_name="x 12\n{}\nvllm:num_requests_waiting NaNNaN -\n\u0000\u0001<html>\n`;

/** Pages as they were when the fault `stale-metrics` came. */
const frozen = new WeakMap<SimContext, string>();

/** `GET /metrics` */
export function metricsPage({ response, context }: PlainCall): void {
  if (context.faults.find('garbage-metrics')) {
    sendText(response, 200, GARBAGE, CONTENT_TYPE);
    return;
  }
  sendText(response, 200, currentPage(context), CONTENT_TYPE);
}

function currentPage(context: SimContext): string {
  const isStale = context.faults.find('stale-metrics') !== undefined;
  const page =
    (isStale ? frozen.get(context) : undefined) ?? context.metrics.page(context.engine.stats(), context.clock.now());
  if (isStale) frozen.set(context, page);
  else frozen.delete(context);
  return page;
}
