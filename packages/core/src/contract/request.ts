/** One inference request, as plugins see it. Adapters make it from the wire. */
export interface InferenceRequest {
  /** Identifies the request in logs and explanations. Given by the client or made by the adapter; need not be unique. */
  readonly id: string;
  /** The model that the client asked for; empty when the request names none. */
  readonly model: string;
  /** The model that the model server is asked for, after rewriting. Usually equals `model`. */
  readonly targetModel: string;
  /** Header values by lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Path of the request without its query. */
  readonly path: string;
  /** True when the client wants a stream of events. */
  readonly stream: boolean;
  /** Higher goes first under contention; negative requests may be shed. Default 0. */
  readonly priority: number;
  /** The client's limit on generated tokens, when it gave one. */
  readonly maxOutputTokens: number | undefined;
  /** Ids, `host:port` or addresses (for any port) of the only endpoints allowed, when a proxy in front restricts them. */
  readonly subset: readonly string[] | undefined;
  /**
   * What the adapter parsed from the body. Opaque here; `@pointsman/inference-api` knows it. Undefined once the answer has
   * begun: long answers to long prompts must not fill the memory.
   */
  readonly payload: unknown;
}

/** A request as a caller gives it: everything but what it is about may be left out. */
export type RequestInput = Partial<InferenceRequest>;
