import { AdminError } from './admin-error.ts';

/** The parameters of one request. Unknown ones are refused, so that a typing error is not silently the whole list. */
export class Query {
  readonly #params: URLSearchParams;

  /** @throws AdminError 400 */
  constructor(params: URLSearchParams, allowed: readonly string[]) {
    this.#params = params;
    for (const name of params.keys()) {
      if (allowed.includes(name)) continue;
      const known = allowed.length === 0 ? 'This route takes none.' : `There are: ${allowed.join(', ')}.`;
      throw new AdminError(400, 'unknown_parameter', `Unknown query parameter "${name}". ${known}`);
    }
  }

  text(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  /** @throws AdminError 400 */
  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.#params.get(name);
    if (text === null) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new AdminError(400, 'bad_parameter', `"${name}" must be a whole number from ${min} to ${max}.`);
  }

  /** @throws AdminError 400 */
  oneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const text = this.#params.get(name);
    if (text === null) return undefined;
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw new AdminError(400, 'bad_parameter', `"${name}" must be one of: ${choices.join(', ')}.`);
  }
}
