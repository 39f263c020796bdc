import type { AnthropicMessage, AnthropicSystem, AnthropicTool } from './anthropic-messages.ts';
import type { ChatMessage } from './chat-messages.ts';
import type { ConversationItem } from './conversation-items.ts';
import type { MultimodalFeature } from './multimodal-features.ts';
import type { TextInput } from './text-input.ts';

/** OpenAI completions: one prompt or several independent ones. Also vLLM's gRPC generate with a text. */
export interface CompletionsContent {
  readonly kind: 'completions';
  readonly prompt: TextInput;
}

/** OpenAI chat completions. Other fields that a chat template may use (`documents`, ...) are in `json`. */
export interface ChatContent {
  readonly kind: 'chat';
  /** At least one. */
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly unknown[] | undefined;
}

/** OpenAI responses. The three parts are the client's JSON values, unchecked. */
export interface ResponsesContent {
  readonly kind: 'responses';
  readonly instructions: unknown;
  readonly tools: unknown;
  /** Neither null nor undefined. */
  readonly input: unknown;
}

/** OpenAI conversations. */
export interface ConversationsContent {
  readonly kind: 'conversations';
  /** At least one. */
  readonly items: readonly ConversationItem[];
}

/** OpenAI embeddings, and vLLM's gRPC embed. */
export interface EmbeddingsContent {
  readonly kind: 'embeddings';
  readonly input: TextInput;
}

/** OpenAI images. */
export interface ImagesContent {
  readonly kind: 'images';
  readonly prompt: string;
}

/** Anthropic messages. */
export interface MessagesContent {
  readonly kind: 'messages';
  readonly system: AnthropicSystem | undefined;
  /** At least one. */
  readonly messages: readonly AnthropicMessage[];
  readonly tools: readonly AnthropicTool[] | undefined;
}

/** A prompt that comes as token ids: vLLM (HTTP and gRPC) and SGLang generate. */
export interface TokensContent {
  readonly kind: 'tokens';
  /** At least one; each in 0 .. 2^32-1. */
  readonly tokenIds: readonly number[];
  /** Where images and the like stand among the tokens. */
  readonly features: readonly MultimodalFeature[];
}

/** A body that is not read. */
export interface RawContent {
  readonly kind: 'raw';
}

/** What the prompt of a request is, by `kind`. */
export type RequestContent =
  | CompletionsContent
  | ChatContent
  | ResponsesContent
  | ConversationsContent
  | EmbeddingsContent
  | ImagesContent
  | MessagesContent
  | TokensContent
  | RawContent;
