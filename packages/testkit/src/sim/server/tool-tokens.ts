import type { ToolCall } from '../model/tool-call.ts';
import type { Choice } from './generation-request.ts';

/** Where in an answer of tool calls a token stands. */
export interface ToolToken {
  readonly call: ToolCall;
  readonly callIndex: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

/** The call that the token at `index` belongs to; undefined in an answer of text. */
export function toolTokenAt(choice: Choice, index: number): ToolToken | undefined {
  let start = 0;
  for (const [callIndex, call] of choice.toolCalls.entries()) {
    const length = call.argumentTokens.length;
    if (index < start + length) {
      return { call, callIndex, isFirst: index === start, isLast: index === start + length - 1 };
    }
    start += length;
  }
  return undefined;
}
