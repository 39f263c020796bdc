import type { InferenceApi } from '../inference-api.ts';
import type { JsonObject } from '../json/json-object.ts';
import type { RequestContent } from './request-content.ts';

/** What a request asks for, as far as it matters for placing it. */
export interface ParsedRequest {
  readonly api: InferenceApi;
  /** Type of the parser that read it, such as `openai-parser`. */
  readonly parser: string;
  /** The model the client names; never empty. */
  readonly model?: string | undefined;
  /** Whether the client asked for a stream. The response may differ: look at its content type. */
  readonly stream: boolean;
  /** The client's cap on generated tokens: an integer >= 0. */
  readonly maxOutputTokens?: number | undefined;
  /** Requests share KV-cache prefixes only with requests of the same salt; never empty. */
  readonly cacheSalt?: string | undefined;
  /** `stream_options.include_usage`, if it is a boolean: whether a stream will end with token counts. */
  readonly includeUsage?: boolean | undefined;
  /** What the prompt is. Its parts are parts of `json`, not copies. */
  readonly content: RequestContent;
  /** The body, parsed once; undefined where the parser does not read it. */
  readonly json: JsonObject | undefined;
  /** The body as it came, untouched. */
  readonly body: Uint8Array;
  /**
   * Whether the API has a model name in the body that `rewriteModel` may change. Where `json` is undefined
   * (`anthropic.count_tokens`), nobody has checked yet that the body is JSON at all.
   */
  readonly supportsModelRewrite: boolean;
}
