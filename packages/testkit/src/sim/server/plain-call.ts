import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SimContext } from './sim-context.ts';

/** A request that does not go through the engine. */
export interface PlainCall {
  /** Undefined when there is none. */
  readonly body: unknown;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: SimContext;
}
