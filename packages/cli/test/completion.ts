/** What came of a request: the status, who served it, and the decision to ask about. */
export interface Completion {
  readonly status: number;
  readonly endpoint: string | null;
  readonly decision: string | null;
}

/** Asks for a completion. */
export async function complete(url: string, prompt = 'hello there'): Promise<Completion> {
  const answer = await fetch(new URL('/v1/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'simulated-model', prompt, max_tokens: 4, stream: true }),
  });
  await answer.text();
  return {
    status: answer.status,
    endpoint: answer.headers.get('x-pointsman-endpoint'),
    decision: answer.headers.get('x-pointsman-decision'),
  };
}
