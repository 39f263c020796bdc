import {
  ApiError,
  createUsageReader,
  errorBody,
  forwardedRequestHeaders,
  isEventStream,
  parseRequest,
  rewriteModel,
} from '../src/index.ts';

/** What goes to the model server, or what the client gets instead. */
export function prepare(path: string, rawHeaders: string[], body: Uint8Array) {
  try {
    const request = parseRequest({ path, body });
    const headers = forwardedRequestHeaders(rawHeaders);
    const sent = request.supportsModelRewrite ? rewriteModel(request.body, 'llama-70b-v2') : request.body;
    return { request, headers, sent };
  } catch (error) {
    if (!ApiError.is(error)) throw error;
    const { httpStatus: status, message, code, param } = error;
    return { status, answer: errorBody(error.api, { status, message, code, param }) };
  }
}

/** Passes a response through and says afterwards what it cost. */
export async function* metered(contentType: string | undefined, response: AsyncIterable<Uint8Array>) {
  const reader = createUsageReader('openai.chat', {
    stream: isEventStream(contentType),
    onFirstToken: () => console.log('first token'),
  });
  for await (const chunk of response) {
    reader.push(chunk);
    yield chunk;
  }
  reader.end();
  console.log(reader.usage?.promptTokens, reader.usage?.cachedTokens, reader.usage?.completionTokens);
}
