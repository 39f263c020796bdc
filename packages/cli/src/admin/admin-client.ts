import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';

const errorBody = z.object({ error: z.object({ message: z.string() }) });

/** Asks the admin listener of a gateway. */
export class AdminClient {
  readonly #url: string;
  readonly #token: string | undefined;

  constructor(url: string, token?: string) {
    this.#url = url;
    this.#token = token;
  }

  /** @throws CommandFailure when nobody answers, or with an error */
  async get(path: string): Promise<string> {
    const answer = await fetch(new URL(path, this.#url), {
      headers: this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` },
      signal: AbortSignal.timeout(10_000),
    }).catch((error: Error) => {
      const { cause } = error as { readonly cause?: { readonly message?: string } };
      const why = cause?.message === undefined || cause.message === '' ? error.message : cause.message;
      throw new CommandFailure(`no admin listener answers at ${this.#url}: ${why}`);
    });
    const text = await answer.text();
    if (answer.ok) return text;
    throw new CommandFailure(`${this.#url} answered ${answer.status}: ${messageOf(text)}`);
  }
}

function messageOf(text: string): string {
  try {
    return errorBody.parse(JSON.parse(text)).error.message;
  } catch {
    return text.slice(0, 200);
  }
}
