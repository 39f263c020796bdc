import { outputLength } from '../model/output-length.ts';
import { randomText } from '../model/random-text.ts';
import { stopText } from '../model/stop-text.ts';
import { TOKENS_OF_CALL } from '../model/tool-call.ts';
import type { Choice, FinishReason, GenerationRequest } from './generation-request.ts';
import type { SimContext } from './sim-context.ts';

/** Decides what the model will say. The engine only decides when. */
export function planChoice(request: GenerationRequest, index: number, context: SimContext): Choice {
  const promptIndex = Math.floor(index / request.copies);
  const toolCalls = request.callTools?.() ?? [];
  if (toolCalls.length > 0) {
    const tokens = toolCalls.flatMap((call) => call.argumentTokens);
    return {
      index,
      promptIndex,
      tokens,
      toolCalls,
      outputTokens: tokens.length + TOKENS_OF_CALL * toolCalls.length,
      finishReason: 'tool_calls',
      stoppedBy: undefined,
    };
  }
  const said = sayText(request, promptIndex, context);
  const { tokens, stoppedBy } = stopText(said.tokens, request.stop);
  let finishReason: FinishReason = stoppedBy === undefined ? said.finishReason : 'stop';
  if (request.remoteDecode) finishReason = 'remote_decode';
  return { index, promptIndex, tokens, toolCalls, outputTokens: tokens.length, finishReason, stoppedBy };
}

function sayText(
  request: GenerationRequest,
  promptIndex: number,
  { options, random }: SimContext,
): { tokens: readonly string[]; finishReason: FinishReason } {
  const { maxTokens } = request;
  const prompt = request.prompts[promptIndex]!;
  const room = Math.max(1, options.maxModelLen - prompt.tokens.length);
  const limit = maxTokens ?? room;
  if (options.mode === 'echo') {
    const echo = prompt.echo();
    return { tokens: echo.slice(0, limit), finishReason: echo.length >= limit ? 'length' : 'stop' };
  }
  const length = request.ignoreEos ? limit : outputLength(maxTokens, room, random);
  return { tokens: randomText(length, random), finishReason: length >= limit ? 'length' : 'stop' };
}
