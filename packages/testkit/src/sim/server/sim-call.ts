import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { RequestFaults } from './fault-switch.ts';
import type { SimContext } from './sim-context.ts';

/** A request that wants an answer from the model. */
export interface SimCall {
  readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  readonly faults: RequestFaults;
  /** Part of the ids in the answer. */
  readonly id: string;
  readonly response: ServerResponse;
  readonly context: SimContext;
}
