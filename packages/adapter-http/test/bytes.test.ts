import { request as httpRequest, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRig, type Rig } from './rig/create-rig.ts';
import type { Received } from './rig/model-server.ts';
import { answered, send } from './rig/send.ts';

const PATH = '/v1/completions';
const turn = () => new Promise((resolve) => setImmediate(resolve));

let rig: Rig;
beforeAll(async () => {
  rig = await createRig({
    amendRequest: (input) =>
      input.model?.startsWith('alias:') ? { ...input, targetModel: input.model.slice(6) } : input,
  });
});
afterAll(async () => rig[Symbol.asyncDispose]());

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
/** A model's name as it may stand in JSON, and what it means. */
const modelName = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((name) => ({ name, json: JSON.stringify(name) })),
  fc.stringMatching(/^[a-z]{1,5}$/).map((name) => ({
    name,
    json: `"${[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`,
  })),
);
/** Values that `JSON.stringify` would write differently. */
const oddValue = fc.constantFrom(
  '1.0',
  '1e5',
  '-0',
  '1E+2',
  '"\\/"',
  '"\\u00e4"',
  '12345678901234567890',
  '[ ]',
  '{ }',
);
const value = fc.oneof(
  oddValue,
  fc.json(),
  fc.jsonValue().map((any) => JSON.stringify(any, null, 2)),
);
const key = fc.string({ maxLength: 8 }).filter((name) => !['model', 'prompt', 'stream', 'cache_salt'].includes(name));
const field = fc
  .tuple(space, key, space, value)
  .map(([a, name, b, json]) => `${a}${JSON.stringify(name)}${b}:${a}${json}`);

/** A body as the text before its model, the model, and the text after. */
const body = fc
  .record({
    before: fc.array(field),
    model: modelName,
    after: fc.array(field),
    gap: space,
    prompt: fc.string({ minLength: 1 }),
  })
  .map(({ before, model, after, gap, prompt }) => ({
    model,
    head: `${gap}{${[...before, ''].join(`,${gap}`)}"model"${gap}:${gap}`,
    tail: `${gap}${[`,"prompt":${JSON.stringify(prompt)}`, ...after].join(`${gap},`)}}${gap}`,
  }));

/** Cuts bytes at places given as shares of their length. */
function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
}

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

async function sendInPieces(pieces: readonly Buffer[], isChunked: boolean): Promise<IncomingMessage> {
  const { hostname, port } = new URL(rig.url);
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const headers = isChunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': length };
  const request = httpRequest({ hostname, port, method: 'POST', path: PATH, headers });
  const response = new Promise<IncomingMessage>((resolve, reject) =>
    request.on('response', resolve).on('error', reject),
  );
  for (const piece of pieces) {
    if (piece.length > 0) request.write(piece);
    await turn();
  }
  request.end();
  return response;
}

/** The request as it arrived. @throws when the gateway answers by itself */
function arrival(response: Promise<IncomingMessage>): Promise<Received> {
  const refused = response.then(async (message) => {
    throw new Error(`the gateway answered ${message.statusCode}: ${(await answered(message)).text}`);
  });
  return Promise.race([rig.model.next(), refused]);
}

test('request bodies arrive byte by byte, however they are split', async () => {
  await fc.assert(
    fc.asyncProperty(body, cuts, fc.boolean(), async ({ head, model, tail }, places, isChunked) => {
      const bytes = Buffer.from(head + model.json + tail);
      const response = sendInPieces(split(bytes, places), isChunked);
      const received = await arrival(response);
      received.response.end();
      await answered(await response);
      const expected = model.name.startsWith('alias:') ? undefined : bytes;
      if (expected !== undefined) expect(received.body.equals(expected)).toBe(true);
      expect(received.request.headers['content-length']).toBe(String(received.body.length));
    }),
    { numRuns: 150 },
  );
});

test('a model that is rewritten changes, and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(body, cuts, async ({ head, model, tail }, places) => {
      const alias = JSON.stringify(`alias:${model.name}`);
      const response = sendInPieces(split(Buffer.from(head + alias + tail), places), false);
      const received = await arrival(response);
      received.response.end();
      await answered(await response);
      expect(received.body.toString()).toBe(head + JSON.stringify(model.name) + tail);
    }),
    { numRuns: 150 },
  );
});

test('answers arrive byte by byte, however they are split', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 5000 }),
      cuts,
      fc.constantFrom('chunked', 'length', 'stream'),
      async (any, places, how) => {
        const bytes = Buffer.from(any);
        const sent = send(rig.url, { path: PATH, body: '{"prompt":"a"}' });
        const { response } = await rig.model.next();
        if (how === 'length') response.setHeader('content-length', bytes.length);
        if (how === 'stream') response.setHeader('content-type', 'text/event-stream');
        response.writeHead(200);
        for (const piece of split(bytes, places)) {
          if (piece.length > 0) response.write(piece);
          await turn();
        }
        response.end();
        expect((await sent).body.equals(bytes)).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
  await rig.settled();
});
