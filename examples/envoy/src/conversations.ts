/** What one request has come to. */
export interface Turn {
  readonly conversation: number;
  readonly turn: number;
  readonly endpoint: string;
  readonly promptTokens: number;
  readonly cachedTokens: number;
}

interface Completion {
  readonly choices: readonly [{ readonly message: Message }];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number } | null;
  };
}

interface Message {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** Chats through Envoy: every turn carries all that was said before, which the server that served it still has. */
export async function* converse(url: string, admin: string): AsyncGenerator<Turn> {
  const histories: Message[][] = [];
  for (let turn = 0; turn < 3; turn++) {
    for (let conversation = 0; conversation < 3; conversation++) {
      histories[conversation] ??= [{ role: 'system', content: `You are assistant ${conversation}. `.repeat(300) }];
      const messages = histories[conversation]!;
      messages.push({ role: 'user', content: `Question ${turn}?` });
      const response = await fetch(new URL('/v1/chat/completions', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'simulated-model', messages, max_tokens: 8 }),
      });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      const { choices, usage } = (await response.json()) as Completion;
      messages.push(choices[0].message);
      yield {
        conversation,
        turn,
        endpoint: await lastTarget(admin),
        promptTokens: usage.prompt_tokens,
        cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
      };
    }
  }
}

async function lastTarget(admin: string): Promise<string> {
  const response = await fetch(new URL('/api/decisions?limit=1', admin));
  const { decisions } = (await response.json()) as { decisions: readonly [{ readonly target: string }] };
  return decisions[0].target;
}
