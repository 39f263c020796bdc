import { recordedEndpoint, recordedRequest } from '@pointsman/testkit/state';
import { z } from 'zod';

/** One case of `pointsman decide`: a state, and a request to place in it. */
export const decideCase = z.strictObject({
  /** Shown again with the answer. */
  id: z.union([z.string(), z.number()]).optional(),
  /** A configuration of its own: YAML text, or the same as JSON. Default: `--config`, else that of the case before. */
  config: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  /** The pool that is meant, where the configuration has several. Default: the one that the request is for. */
  pool: z.string().optional(),
  /** The endpoints with their labels, metrics and attributes. Default: those of the case before, else of the configuration. */
  endpoints: z.array(recordedEndpoint).optional(),
  request: recordedRequest.optional(),
  /** Ids of the only endpoints that may be considered. */
  candidates: z.array(z.string()).optional(),
});

export type DecideCase = z.output<typeof decideCase>;
