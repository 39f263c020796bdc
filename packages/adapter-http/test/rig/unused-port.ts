import { refusedPort } from '@pointsman/testkit/harness';
import { onTestFinished } from 'vitest';

/** A port on which nobody listens, and nobody can before the test is over. */
export async function unusedPort(): Promise<number> {
  const refused = await refusedPort();
  onTestFinished(() => refused[Symbol.asyncDispose]());
  return refused.port;
}
