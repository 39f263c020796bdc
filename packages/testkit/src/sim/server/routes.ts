import { changeAdapters } from './adapters.ts';
import { changeConfig, showConfig } from './admin-config.ts';
import { chatCompletions } from './chat-completions.ts';
import { completions } from './completions.ts';
import { embeddings } from './embeddings.ts';
import { generate } from './generate.ts';
import { health, readiness } from './health.ts';
import { countMessageTokens, messages } from './messages.ts';
import { metricsByName, metricsPage } from './metrics-page.ts';
import type { PlainCall } from './plain-call.ts';
import { renderChat, renderCompletion } from './render.ts';
import { responses } from './responses.ts';
import { sendJson } from './send.ts';
import type { SimCall } from './sim-call.ts';
import { tokenize } from './tokenize.ts';

/** What is done with a request to a path. */
export type Route =
  /** Goes through the model: faults and injected failures apply. */
  | { readonly kind: 'generate'; readonly handle: (call: SimCall) => void }
  | { readonly kind: 'plain'; readonly handle: (call: PlainCall) => void };

/** Routes by path and method. */
export const ROUTES: ReadonlyMap<string, ReadonlyMap<string, Route>> = new Map([
  ['/v1/completions', generating(completions)],
  ['/v1/chat/completions', generating(chatCompletions)],
  ['/v1/responses', generating(responses)],
  ['/v1/messages', generating(messages)],
  [
    '/v1/messages/count_tokens',
    plain({ POST: ({ body, response }) => sendJson(response, 200, countMessageTokens(body)) }),
  ],
  ['/v1/embeddings', generating(embeddings)],
  ['/inference/v1/generate', generating(generate)],
  ['/v1/completions/render', generating(renderCompletion)],
  ['/v1/chat/completions/render', generating(renderChat)],
  [
    '/v1/models',
    plain({ GET: ({ response, context }) => sendJson(response, 200, context.models.list(context.clock.now())) }),
  ],
  ['/v1/load_lora_adapter', plain({ POST: (call) => changeAdapters(call, 'load') })],
  ['/v1/unload_lora_adapter', plain({ POST: (call) => changeAdapters(call, 'unload') })],
  ['/tokenize', plain({ POST: tokenize })],
  ['/metrics', plain({ GET: metricsPage })],
  ['/metrics/', plain({ GET: metricsByName })],
  ['/health', plain({ GET: health })],
  ['/health/ready', plain({ GET: readiness })],
  ['/admin/config', plain({ GET: showConfig, POST: changeConfig })],
  [
    '/sim/faults',
    plain({
      GET: ({ response, context }) => sendJson(response, 200, context.faults),
      POST: ({ body, response, context }) => {
        context.faults.setFrom(body);
        sendJson(response, 200, context.faults);
      },
      DELETE: ({ response, context }) => {
        context.faults.set([]);
        sendJson(response, 200, context.faults);
      },
    }),
  ],
]);

function generating(handle: (call: SimCall) => void): ReadonlyMap<string, Route> {
  return new Map<string, Route>([['POST', { kind: 'generate', handle }]]);
}

function plain(handlers: Record<string, (call: PlainCall) => void>): ReadonlyMap<string, Route> {
  return new Map(
    Object.entries(handlers).map(([method, handle]): [string, Route] => [method, { kind: 'plain', handle }]),
  );
}
