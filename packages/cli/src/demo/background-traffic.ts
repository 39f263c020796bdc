import { replayTrace, type TraceRequest } from '@pointsman/testkit/workload';
import { DEMO_MODEL } from './simulated-fleet.ts';

/** Keeps blocks of one pass over the trace apart from those of another. */
const BLOCKS_A_PASS = 1_000_000;

/** Sends the trace again and again, each time with other content, until the signal aborts. */
export async function sendInBackground(
  url: string,
  options: {
    readonly trace: readonly TraceRequest[];
    readonly speed: number;
    readonly shrinkOutput: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  for (let pass = 1; !options.signal.aborted; pass++) {
    const trace = options.trace.map((request) => ({
      ...request,
      blocks: request.blocks.map((block) => block + pass * BLOCKS_A_PASS),
    }));
    await replayTrace({ ...options, trace, url, model: DEMO_MODEL });
  }
}
