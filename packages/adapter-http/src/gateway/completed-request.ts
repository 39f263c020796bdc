import type { IncomingMessage } from 'node:http';
import type { Decision, ResponseMetadata, Usage } from '@pointsman/core';

/** A request whose answer came whole. */
export interface CompletedRequest {
  readonly request: IncomingMessage;
  /** Its `x-request-id`. */
  readonly id: string;
  /** Where it went in the end. */
  readonly decision: Decision;
  /** Status of the answer, errors of the model server included. */
  readonly httpStatus: number;
  /** Token counts that the model server reported. */
  readonly usage: Usage | undefined;
  /** What plugins tell about it, by namespace and name, such as its cost; empty when they tell nothing. */
  readonly metadata: ResponseMetadata;
}
