import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, errorBody, openaiParser, parseRequest } from '../src/index.ts';

/** Answers with an error of the status that the model is called, or with the parser's own complaint. */
let server: Server;
let origin: string;

beforeAll(async () => {
  server = createServer(async (req, res) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of req) chunks.push(chunk);
    try {
      const { api, model } = parseRequest({ path: req.url ?? '', body: Buffer.concat(chunks) });
      const error = { status: Number(model), message: 'says why', code: 'some_code', param: 'model' };
      res.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(errorBody(api, error)));
    } catch (error) {
      if (!ApiError.is(error)) throw error;
      const { httpStatus: status, message, code, param } = error;
      const body = errorBody(error.api, { status, message, code, param });
      res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

async function failure(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error('the call succeeded');
}

describe('openai', () => {
  const client = () => new OpenAI({ apiKey: 'none', baseURL: `${origin}/v1`, maxRetries: 0 });
  const chat = (model: string, content: unknown = 'Hi') =>
    failure(client().chat.completions.create({ model, messages: [{ role: 'user', content: content as string }] }));

  test.each([
    [400, OpenAI.BadRequestError, 'invalid_request_error'],
    [401, OpenAI.AuthenticationError, 'authentication_error'],
    [403, OpenAI.PermissionDeniedError, 'permission_error'],
    [404, OpenAI.NotFoundError, 'not_found_error'],
    [413, OpenAI.APIError, 'invalid_request_error'],
    [429, OpenAI.RateLimitError, 'rate_limit_error'],
    [500, OpenAI.InternalServerError, 'server_error'],
    [503, OpenAI.InternalServerError, 'service_unavailable_error'],
    [504, OpenAI.InternalServerError, 'timeout_error'],
  ])('%i', async (status, errorClass, type) => {
    const error = await chat(String(status));
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, type, code: 'some_code', param: 'model', message: `${status} says why` });
  });

  test('a complaint of the parser', async () => {
    const error = await chat('m', 5);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'invalid_request', param: 'messages[0].content' });
  });
});

describe('anthropic', () => {
  const client = () => new Anthropic({ apiKey: 'none', baseURL: origin, maxRetries: 0 });
  const messages = (model: string, content: unknown = 'Hi') =>
    failure(
      client().messages.create({ model, max_tokens: 5, messages: [{ role: 'user', content: content as string }] }),
    );

  test.each([
    [400, Anthropic.BadRequestError, 'invalid_request_error'],
    [401, Anthropic.AuthenticationError, 'authentication_error'],
    [403, Anthropic.PermissionDeniedError, 'permission_error'],
    [404, Anthropic.NotFoundError, 'not_found_error'],
    [413, Anthropic.APIError, 'request_too_large'],
    [429, Anthropic.RateLimitError, 'rate_limit_error'],
    [500, Anthropic.InternalServerError, 'api_error'],
    [503, Anthropic.APIError, 'overloaded_error'],
    [504, Anthropic.APIError, 'timeout_error'],
  ])('%i', async (status, errorClass, type) => {
    const error = await messages(String(status));
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, type, error: { type: 'error', error: { type, message: 'says why' } } });
  });

  test('a complaint of the parser', async () => {
    const error = await messages('m', 5);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error).toMatchObject({ type: 'invalid_request_error' });
  });
});

test('a type of the caller wins; OpenAI is the dialect of last resort', () => {
  const error = { status: 429, message: 'm', code: 'c', type: 'my_type' };
  expect(errorBody('anthropic.count_tokens', error)).toEqual({
    type: 'error',
    error: { type: 'my_type', message: 'm' },
  });
  expect(errorBody(undefined, error)).toEqual({ error: { message: 'm', type: 'my_type', param: null, code: 'c' } });
  expect(errorBody(openaiParser.apiOf('/v1/completions'), error)).toHaveProperty('error.code', 'c');
});
