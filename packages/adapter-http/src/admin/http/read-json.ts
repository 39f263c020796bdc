import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '@pointsman/http-relay';
import { AdminError } from './admin-error.ts';

/** How long the rest of a body that is too long is read and thrown away, so that the client gets the answer. */
const LINGER_MS = 2_000;

/**
 * Reads the JSON body of a request.
 * @returns undefined when the client left before it was complete
 * @throws AdminError 400, 413, 415
 */
export async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
  limitBytes: number,
): Promise<unknown> {
  const type = request.headers['content-type'] ?? '';
  // Anything else could be sent by a form of a foreign page without asking first.
  if (!/^application\/json *(;|$)/i.test(type)) {
    throw new AdminError(415, 'not_json', 'Send JSON, with "content-type: application/json".');
  }
  const body = await new Promise<Buffer | undefined>((resolve, reject) => {
    response.once('close', () => reject(new AdminError(400, 'incomplete', 'The body ended too early.')));
    readBody(request, limitBytes, resolve);
  });
  if (body === undefined) {
    const timer = setTimeout(() => request.destroy(), LINGER_MS).unref();
    request.once('close', () => clearTimeout(timer)).resume();
    throw new AdminError(413, 'body_too_large', `The body is longer than ${limitBytes} bytes.`, {
      headers: { connection: 'close' },
    });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new AdminError(400, 'bad_json', `The body is not JSON: ${(error as Error).message}`);
  }
}
