import type { Call, Scheduler } from '@pointsman/core';
import { parseRequest } from '@pointsman/inference-api';

const PATH = '/v1/completions';

/** What came of a prompt. */
export interface Answer {
  /** Id of the endpoint that answered. */
  readonly endpoint: string;
  readonly text: string;
}

/** The part of a completion that is looked at. */
interface Completion {
  readonly choices: readonly { readonly text: string }[];
  readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number };
}

/** Sends a prompt to the model server that suits it best; to the next best when that one cannot be reached. */
export async function ask(scheduler: Scheduler, model: string, prompt: string): Promise<Answer> {
  const body = new TextEncoder().encode(JSON.stringify({ model, prompt, max_tokens: 16 }));
  // The payload is what scorers read that look at prompts.
  const call = await scheduler.schedule({ model, path: PATH, payload: parseRequest({ path: PATH, body }) });
  try {
    const response = await send(call, body);
    call.responseHeaders(response.status);
    if (!response.ok) throw new Error(`${call.decision.target.id} answered ${response.status}`);
    const { choices, usage } = (await response.json()) as Completion;
    call.end({ usage: { promptTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens } });
    return { endpoint: call.decision.target.id, text: choices[0]?.text ?? '' };
  } catch (error) {
    call.end({ error });
    throw error;
  }
}

async function send(call: Call, body: Uint8Array<ArrayBuffer>): Promise<Response> {
  for (;;) {
    const { target, headers } = call.decision;
    try {
      return await fetch(new URL(PATH, target.origin), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
    } catch (error) {
      // Moves what plugins reserved along.
      if (call.next(String(error)) === undefined) throw error;
    }
  }
}
