import type { Answer, Received } from './model-server.ts';

const USAGE = {
  prompt_tokens: 12,
  completion_tokens: 3,
  total_tokens: 15,
  prompt_tokens_details: { cached_tokens: 8 },
};
const TOOL_CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } };

function json({ response }: Received, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Sends events one at a time, so that nobody can wait for more before it passes one on. */
function events({ response }: Received, all: readonly unknown[], isNamed = false): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const next = (i: number) => {
    if (i === all.length) {
      response.end(isNamed ? undefined : 'data: [DONE]\n\n');
      return;
    }
    const event = all[i] as { type?: string };
    response.write(`${isNamed ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`, () =>
      setImmediate(next, i + 1),
    );
  };
  next(0);
}

function chunk(delta: unknown, more: Record<string, unknown> = {}) {
  const choices = [{ index: 0, delta, finish_reason: null, ...more }];
  return { id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices };
}

function chatEvents(hasTools: boolean): unknown[] {
  const usage = { ...chunk({}), choices: [], usage: USAGE };
  if (!hasTools) {
    return [
      chunk({ role: 'assistant', content: '' }),
      chunk({ content: 'Hel' }),
      chunk({ content: 'lo' }),
      chunk({}, { finish_reason: 'stop' }),
      usage,
    ];
  }
  const part = (call: unknown) => chunk({ tool_calls: [call] });
  return [
    chunk({ role: 'assistant', content: null }),
    part({ index: 0, id: 'call_1', type: 'function', function: { name: 'weather', arguments: '' } }),
    part({ index: 0, function: { arguments: '{"city":' } }),
    part({ index: 0, function: { arguments: '"Ulm"}' } }),
    chunk({}, { finish_reason: 'tool_calls' }),
    usage,
  ];
}

function chatBody(hasTools: boolean) {
  const message = hasTools
    ? { role: 'assistant', content: null, tool_calls: [TOOL_CALL] }
    : { role: 'assistant', content: 'Hello' };
  const choices = [{ index: 0, message, finish_reason: hasTools ? 'tool_calls' : 'stop' }];
  return { id: 'c-1', object: 'chat.completion', created: 1, model: 'm', choices, usage: USAGE };
}

const OUTPUT = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
};
const RESPONSE = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'm',
  status: 'completed',
  output: [OUTPUT],
  usage: { input_tokens: 12, output_tokens: 3, total_tokens: 15, input_tokens_details: { cached_tokens: 8 } },
};

function responseEvents(): unknown[] {
  const place = { item_id: 'msg_1', output_index: 0, content_index: 0 };
  return [
    { type: 'response.created', response: { ...RESPONSE, status: 'in_progress', output: [], usage: null } },
    { type: 'response.output_item.added', output_index: 0, item: { ...OUTPUT, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...place, part: { type: 'output_text', text: '', annotations: [] } },
    { type: 'response.output_text.delta', ...place, delta: 'Hel' },
    { type: 'response.output_text.delta', ...place, delta: 'lo' },
    { type: 'response.output_text.done', ...place, text: 'Hello' },
    { type: 'response.completed', response: RESPONSE },
  ];
}

/** A model server that speaks OpenAI's API: "Hello", or a call of the tool `weather` when there are tools. */
export const openaiAnswers: Answer = (received) => {
  const path = received.request.url ?? '';
  const body = received.body.length === 0 ? {} : JSON.parse(received.body.toString());
  const hasTools = Array.isArray(body.tools);
  if (path === '/v1/chat/completions') {
    if (body.stream === true) events(received, chatEvents(hasTools));
    else json(received, chatBody(hasTools));
  } else if (path === '/v1/completions') {
    json(received, {
      id: 'c-1',
      object: 'text_completion',
      model: 'm',
      choices: [{ index: 0, text: 'Hello' }],
      usage: USAGE,
    });
  } else if (path === '/v1/responses') {
    if (body.stream === true) events(received, responseEvents(), true);
    else json(received, RESPONSE);
  } else if (path === '/v1/embeddings') {
    const embedding = Buffer.from(Float32Array.of(0.5, -1).buffer).toString('base64');
    json(received, { object: 'list', data: [{ object: 'embedding', index: 0, embedding }], model: 'm', usage: USAGE });
  } else if (path === '/v1/models') {
    json(received, { object: 'list', data: [{ id: 'm', object: 'model', created: 1, owned_by: 'test' }] });
  } else {
    received.response
      .writeHead(404, { 'content-type': 'application/json' })
      .end('{"error":{"message":"no such path"}}');
  }
};

const ANTHROPIC_USAGE = {
  input_tokens: 12,
  output_tokens: 3,
  cache_read_input_tokens: 8,
  cache_creation_input_tokens: 0,
};

function messageBody(hasTools: boolean) {
  const content = hasTools
    ? [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Ulm' } }]
    : [{ type: 'text', text: 'Hello' }];
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content,
    stop_reason: hasTools ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: ANTHROPIC_USAGE,
  };
}

function messageEvents(hasTools: boolean): unknown[] {
  const whole = messageBody(hasTools);
  const block = hasTools ? { ...whole.content[0], input: {} } : { type: 'text', text: '' };
  const deltas = hasTools
    ? ['{"city":', '"Ulm"}'].map((part) => ({ type: 'input_json_delta', partial_json: part }))
    : ['Hel', 'lo'].map((text) => ({ type: 'text_delta', text }));
  return [
    {
      type: 'message_start',
      message: { ...whole, content: [], stop_reason: null, usage: { ...ANTHROPIC_USAGE, output_tokens: 0 } },
    },
    { type: 'content_block_start', index: 0, content_block: block },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    {
      type: 'message_delta',
      delta: { stop_reason: whole.stop_reason, stop_sequence: null },
      usage: { output_tokens: 3 },
    },
    { type: 'message_stop' },
  ];
}

/** A model server that speaks Anthropic's API: "Hello", or a call of the tool `weather` when there are tools. */
export const anthropicAnswers: Answer = (received) => {
  const body = JSON.parse(received.body.toString());
  const hasTools = Array.isArray(body.tools);
  if (received.request.url?.startsWith('/v1/messages/count_tokens')) json(received, { input_tokens: 12 });
  else if (body.stream === true) events(received, messageEvents(hasTools), true);
  else json(received, messageBody(hasTools));
};
