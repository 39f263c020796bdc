import type { ToolCall } from '../model/tool-call.ts';

/** One prompt of a request. */
export interface Prompt {
  readonly tokens: Uint32Array;
  /** What an echoing model answers, token by token. Called only if it does. */
  echo(): readonly string[];
}

/** A request to generate, whatever API it came by. */
export interface GenerationRequest {
  /** As answered: the name that the client used, or the displayed one. */
  readonly model: string;
  readonly adapter: string | undefined;
  readonly prompts: readonly Prompt[];
  /** Answers to each prompt. */
  readonly copies: number;
  readonly maxTokens: number | undefined;
  readonly ignoreEos: boolean;
  readonly stop: readonly string[];
  /** Calls that the model makes instead of answering with text; drawn anew for each answer. */
  readonly callTools: (() => readonly ToolCall[]) | undefined;
  readonly stream: boolean;
  /** Share of the prompt that must be cached, 0..1. */
  readonly cacheHitThreshold: number | undefined;
  readonly cacheSalt: string | undefined;
  /** P/D: the prompt was computed elsewhere. */
  readonly remotePrefill: boolean;
  /** P/D: the answer will be generated elsewhere. */
  readonly remoteDecode: boolean;
}

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'cache_threshold' | 'remote_decode';

/** One answer to one prompt. */
export interface Choice {
  readonly index: number;
  /** Which prompt it answers. */
  readonly promptIndex: number;
  /** Text of each token; with tool calls, of their arguments one after the other. */
  readonly tokens: readonly string[];
  readonly toolCalls: readonly ToolCall[];
  /** As counted in usage. */
  outputTokens: number;
  finishReason: FinishReason;
  /** The stop sequence that ended it. */
  readonly stoppedBy: string | undefined;
}

/** Token counts of a whole request. */
export interface Usage {
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Undefined when the request ended because too little was cached. */
  readonly cachedTokens: number | undefined;
}

/** Puts answers into the form of an API. The strings are whole server-sent events. */
export interface AnswerForm {
  /** Before the first token of a choice; not called for one that ended because too little was cached. */
  start(choice: Choice): string;
  token(choice: Choice, index: number): string;
  /** A choice is complete. */
  finish(choice: Choice): string;
  /** All choices are. */
  end(choices: readonly Choice[], usage: Usage): string;
  /** The answer when it is not streamed. */
  body(choices: readonly Choice[], usage: Usage): unknown;
}
