import type { RecordedEvent, RecordedRequest } from './recorded-exchange.ts';

/** An answer in the form of the recordings. */
export interface Answered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly body: unknown;
  readonly events: readonly RecordedEvent[];
}

/** Sends a recorded request and reads the whole answer. */
export async function sendRecorded(url: string, request: RecordedRequest): Promise<Answered> {
  const body = request.rawBody ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const response = await fetch(url + request.path, {
    method: request.method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...request.headers },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text,
    body: parse(text),
    events: response.headers.get('content-type') === 'text/event-stream' ? eventsOf(text) : [],
  };
}

function eventsOf(text: string): RecordedEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      );
      const event = fields['event'] === undefined ? {} : { event: fields['event'] };
      const json = parse(fields['data'] ?? '');
      return json === undefined ? { ...event, data: fields['data'] ?? '' } : { ...event, json };
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
