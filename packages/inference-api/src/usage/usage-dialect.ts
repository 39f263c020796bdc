import type { JsonObject } from '../json/json-object.ts';
import type { Usage } from './usage.ts';

/** How the responses of one dialect report usage. */
export interface UsageDialect {
  /** Field of a complete response that holds the usage. */
  readonly bodyField: string;
  /** Field without which (or with null in it) an event of a stream reports no usage. */
  readonly eventField: string;
  /** Whether the number of events says something about the number of tokens. */
  readonly countsEvents: boolean;
  /** Whether the total is the sum of prompt and completion tokens rather than reported. */
  readonly sumsTotal: boolean;
  /** Usage from the value of `bodyField`; undefined if it reports none, `malformed` if it is not an object. */
  fromBody(value: unknown): Usage | 'malformed' | undefined;
  /** Usage from an event; undefined if it reports none. */
  fromEvent(event: JsonObject): Usage | undefined;
  /** Whether an event carries something that the model generated. */
  hasContent(event: JsonObject): boolean;
}
