export { ApiError, type ApiErrorCode, type ApiErrorOptions } from './errors/api-error.ts';
export { type AnthropicErrorBody, type ErrorBodyInput, errorBody, type OpenAiErrorBody } from './errors/error-body.ts';
export { DEFAULT_FLOW, fairnessIdOf } from './headers/fairness-id.ts';
export { forwardedRequestHeaders, forwardedResponseHeaders, withoutHeaders } from './headers/forwarded-headers.ts';
export { hopByHopHeaders } from './headers/hop-by-hop-headers.ts';
export { KV_CACHE_ABSENT, prefersIfAvailable } from './headers/if-available.ts';
export { objectiveOf } from './headers/objective.ts';
export type { RequestHeaders } from './headers/request-headers.ts';
export { routingControlHeaders } from './headers/routing-control-headers.ts';
export type { InferenceApi } from './inference-api.ts';
export type { JsonObject } from './json/json-object.ts';
export {
  byte as jsonByte,
  skipValue as skipJsonValue,
  skipWhitespace as skipJsonWhitespace,
} from './json/json-scanner.ts';
export { anthropicParser } from './parsers/anthropic-parser.ts';
export { defaultParsers } from './parsers/default-parsers.ts';
export { openaiParser } from './parsers/openai-parser.ts';
export type { Parser, ParserInput } from './parsers/parser.ts';
export { passthroughParser } from './parsers/passthrough-parser.ts';
export { reachableParsers, resolveParser } from './parsers/resolve-parser.ts';
export { sglanghttpParser } from './parsers/sglanghttp-parser.ts';
export { vertexaiParser } from './parsers/vertexai-parser.ts';
export { vllmgrpcParser } from './parsers/vllmgrpc-parser.ts';
export { vllmhttpParser } from './parsers/vllmhttp-parser.ts';
export type {
  AnthropicBlock,
  AnthropicImageBlock,
  AnthropicMessage,
  AnthropicOtherBlock,
  AnthropicResultBlock,
  AnthropicSystem,
  AnthropicTextBlock,
  AnthropicThinkingBlock,
  AnthropicTool,
  AnthropicToolResultBlock,
  AnthropicToolUseBlock,
} from './request/anthropic-messages.ts';
export type {
  AudioUrlPart,
  ChatMessage,
  ChatMessageContent,
  ContentPart,
  ImageUrlPart,
  InputAudioPart,
  MediaUrl,
  OtherPart,
  TextPart,
  VideoUrlPart,
} from './request/chat-messages.ts';
export type { ConversationItem } from './request/conversation-items.ts';
export type { MultimodalFeature } from './request/multimodal-features.ts';
export { type ParseRequestInput, parseRequest } from './request/parse-request.ts';
export type { ParsedRequest } from './request/parsed-request.ts';
export type {
  ChatContent,
  CompletionsContent,
  ConversationsContent,
  EmbeddingsContent,
  ImagesContent,
  MessagesContent,
  RawContent,
  RequestContent,
  ResponsesContent,
  TokensContent,
} from './request/request-content.ts';
export { requestPath } from './request/request-path.ts';
export type { TextInput } from './request/text-input.ts';
export type { UnknownType } from './request/unknown-type.ts';
export { modelRewriterFor } from './rewrite/model-rewriter-for.ts';
export {
  createResponseModelRewriter,
  type ResponseModelRewriter,
  type ResponseModelRewriterOptions,
} from './rewrite/response-model-rewriter.ts';
export { type ByteRange, findModelRange, rewriteModel } from './rewrite/rewrite-model.ts';
export type { RequestTrace, RequestTracing } from './tracing/request-tracing.ts';
export { createUsageReader, type UsageReaderOptions } from './usage/create-usage-reader.ts';
export { isEventStream } from './usage/event-stream.ts';
export {
  isCompressed,
  type MeteredUsage,
  type ResponseHead,
  type ResponseListener,
  ResponseMeter,
} from './usage/response-meter.ts';
export { type SseLineHandler, SseLineScanner } from './usage/sse-line-scanner.ts';
export type { Usage } from './usage/usage.ts';
export type { UsageReader } from './usage/usage-reader.ts';
