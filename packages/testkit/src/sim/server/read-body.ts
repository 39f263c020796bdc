import type { IncomingMessage } from 'node:http';
import { ApiError, malformed } from './api-error.ts';

/** Reads a JSON body. @throws ApiError 413 when it is longer than `limitBytes`, 400 when it is not JSON */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) throw new ApiError(413, `the request body is longer than ${limitBytes} bytes`);
    chunks.push(chunk);
  }
  const text = (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(text === '' ? 'it is empty' : (error as Error).message);
  }
}
