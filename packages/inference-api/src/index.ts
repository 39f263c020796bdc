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
} from './anthropic-messages.ts';
export { anthropicParser } from './anthropic-parser.ts';
export { ApiError, type ApiErrorCode, type ApiErrorOptions } from './api-error.ts';
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
} from './chat-messages.ts';
export type { ConversationItem } from './conversation-items.ts';
export { defaultParsers } from './default-parsers.ts';
export { type AnthropicErrorBody, type ErrorBodyInput, errorBody, type OpenAiErrorBody } from './error-body.ts';
export { isEventStream } from './event-stream.ts';
export { forwardedRequestHeaders, forwardedResponseHeaders, withoutHeaders } from './forwarded-headers.ts';
export { hopByHopHeaders } from './hop-by-hop-headers.ts';
export type { InferenceApi } from './inference-api.ts';
export type { MultimodalFeature } from './multimodal-features.ts';
export { openaiParser } from './openai-parser.ts';
export { type ParseRequestInput, parseRequest } from './parse-request.ts';
export type { JsonObject, ParsedRequest } from './parsed-request.ts';
export type { Parser, ParserInput } from './parser.ts';
export { passthroughParser } from './passthrough-parser.ts';
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
} from './request-content.ts';
export type { RequestHeaders } from './request-headers.ts';
export { requestPath } from './request-path.ts';
export { reachableParsers, resolveParser } from './resolve-parser.ts';
export { type ByteRange, findModelRange, rewriteModel } from './rewrite-model.ts';
export { routingControlHeaders } from './routing-control-headers.ts';
export { sglanghttpParser } from './sglanghttp-parser.ts';
export { type SseLineHandler, SseLineScanner } from './sse-line-scanner.ts';
export type { TextInput } from './text-input.ts';
export type { UnknownType } from './unknown-type.ts';
export type { Usage } from './usage.ts';
export { createUsageReader, type UsageReader, type UsageReaderOptions } from './usage-reader.ts';
export { vllmhttpParser } from './vllmhttp-parser.ts';
