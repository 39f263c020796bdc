import { tokenizedPrompt } from '@pointsman/core';
import { openaiParser, parseRequest } from '@pointsman/inference-api';
import { createTestBench, VirtualClock } from '@pointsman/testkit/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenProducer } from '../src/index.ts';

type Written = (typeof tokenizedPrompt)['~type'];
type Params = Parameters<typeof tokenProducer>[0];

function makeBench(params: Params = {}) {
  // It waits for the hash function as long as that takes.
  const clock = new VirtualClock();
  return createTestBench({ endpoints: [{ id: 'a/only' }], plugins: [tokenProducer(params)], clock });
}

async function tokensOf(
  bench: ReturnType<typeof makeBench>,
  payload: unknown,
  headers: Record<string, string> = {},
): Promise<Written> {
  const run = await bench.run({ request: { headers }, input: { payload } });
  run.call?.end();
  expect(run.explanation?.faults).toEqual([]);
  return run.probed[tokenizedPrompt.id]?.[''] as Written;
}

function chat(content: unknown, path = '/v1/chat/completions') {
  const body = new TextEncoder().encode(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  return parseRequest({ path, body });
}

const textOf = (written: Written) => written?.prompts.map(({ packed }) => Buffer.from(packed).toString());

describe('token-producer', () => {
  it('a longer prompt begins with the tokens of a shorter one', async () => {
    await using bench = makeBench();
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(text, text, async (beginning, more) => {
        const completion = (prompt: string) =>
          openaiParser.parse({
            path: '/v1/completions',
            headers: {},
            body: new TextEncoder().encode(JSON.stringify({ prompt })),
          });
        const [short, long] = [
          await tokensOf(bench, completion(beginning)),
          await tokensOf(bench, completion(beginning + more)),
        ];
        const whole = new TextEncoder().encode(beginning).length & ~3;
        const [a, b] = [short!.prompts[0]!, long!.prompts[0]!];
        expect(a.count).toBe(a.packed.length / 4);
        expect(a.count).toBe(Math.ceil(new TextEncoder().encode(beginning).length / 4));
        // A surrogate at the end may find its partner in what follows.
        if (!/[\ud800-\udfff]$/.test(beginning)) {
          expect(Buffer.from(b.packed.subarray(0, whole)).equals(a.packed.subarray(0, whole))).toBe(true);
        }
      }),
      { numRuns: 50 },
    );
  });

  it.each([undefined, null, 5, 'text', {}, { content: null }, { content: {} }, { content: { kind: 'unheard-of' } }])(
    'says nothing about a request whose payload is %j',
    async (payload) => {
      await using bench = makeBench();
      expect(await tokensOf(bench, payload)).toBeUndefined();
    },
  );

  it('long texts, short texts and texts beyond ASCII come out as their bytes', async () => {
    await using bench = makeBench();
    for (const text of [
      'a',
      'é',
      'x'.repeat(23),
      'x'.repeat(24),
      '東'.repeat(9),
      '東京'.repeat(200_000),
      'ab\ud800c',
    ]) {
      const expected = `user${text.replace(/\p{Surrogate}/gu, '\ufffd')}`;
      expect(textOf(await tokensOf(bench, chat(text)))).toEqual([
        expected + '\0'.repeat((4 - (Buffer.byteLength(expected) % 4)) % 4),
      ]);
    }
  });

  it('a request after a huge one has its own tokens only', async () => {
    await using bench = makeBench();
    await tokensOf(bench, chat('x'.repeat(3_000_000)));
    expect(textOf(await tokensOf(bench, chat('abcd')))).toEqual(['userabcd']);
  });

  it('reads the size of PNG, GIF and JPEG pictures, and takes the default for what it cannot read', async () => {
    await using bench = makeBench();
    const png = Buffer.alloc(24);
    Buffer.from('89504e470d0a1a0a', 'hex').copy(png);
    png.writeUInt32BE(640, 16);
    png.writeUInt32BE(480, 20);
    const gif = Buffer.from('GIF89a\0\0\0\0\0\0');
    gif.writeUInt16LE(320, 6);
    gif.writeUInt16LE(200, 8);
    const jpeg = Buffer.from('ffd8ffe000040000ffc00011080200040003', 'hex');
    const lengthOf = async (url: string) => {
      const written = await tokensOf(bench, chat([{ type: 'image_url', image_url: { url } }]));
      return written!.prompts[0]!.multimodal[0]!.length;
    };
    const dataUrl = (type: string, bytes: Buffer) => `data:image/${type};base64,${bytes.toString('base64')}`;
    expect(await lengthOf(dataUrl('png', png))).toBe(300);
    expect(await lengthOf(dataUrl('gif', gif))).toBe(62);
    expect(await lengthOf(dataUrl('jpeg', jpeg))).toBe(512);
    const unread = [
      'https://example.com/a.png',
      'data:image/png;base64,',
      'data:image/png;base64,!!!!',
      'data:,x',
      'data:',
      dataUrl('jpeg', Buffer.from('ffd8ffe0', 'hex')),
      dataUrl('jpeg', Buffer.from('ffd8ffe00000ffffffffffffffff', 'hex')),
      dataUrl('jpeg', Buffer.from('ffd8'.padEnd(200, 'f'), 'hex')),
      dataUrl('png', png.subarray(0, 20)),
    ];
    for (const url of unread) expect(await lengthOf(url), url).toBe(225);
  });

  it('a few bytes from a client cannot ask for any amount of memory', async () => {
    await using bench = makeBench();
    const films = Array.from({ length: 20 }, () => ({ type: 'video_url', video_url: 'https://example.com/v.mp4' }));
    const headers = { 'x-llm-d-video-duration-seconds': '1e15', 'x-llm-d-video-resolution': '99999999x99999999' };
    const written = await tokensOf(bench, chat(films), headers);
    expect(written!.prompts[0]!.multimodal.map(({ length }) => length)).toEqual(films.map(() => 1));
    expect(written!.prompts[0]!.count).toBe(1 + films.length);
    const long = await tokensOf(bench, chat(films), { 'x-llm-d-video-duration-seconds': '2000' });
    expect(long!.prompts[0]!.count).toBeLessThan(1_048_576 + 100);
    expect(long!.prompts[0]!.multimodal[0]!.length).toBe(900_000);
  });

  it('headers say how long, how fast and how large a film is', async () => {
    const strided = { estimate: { video: { frames: { mode: 'strided', strided: { frameStride: 10 } } } } } as const;
    await using sampling = makeBench();
    await using striding = makeBench(strided);
    const film = chat([{ type: 'video_url', video_url: { url: 'https://example.com/v.mp4' } }]);
    const lengthOf = async (bench: ReturnType<typeof makeBench>, headers: Record<string, string>) =>
      (await tokensOf(bench, film, headers))!.prompts[0]!.multimodal[0]!.length;
    expect(await lengthOf(sampling, {})).toBe(20 * 225);
    expect(await lengthOf(sampling, { 'x-llm-d-video-duration-seconds': '2.5' })).toBe(5 * 225);
    expect(await lengthOf(sampling, { 'x-llm-d-video-resolution': '64x32' })).toBe(20 * 2);
    expect(await lengthOf(sampling, { 'x-llm-d-video-fps': '60' })).toBe(20 * 225);
    expect(await lengthOf(striding, {})).toBe(24 * 225);
    expect(await lengthOf(striding, { 'x-llm-d-video-fps': '60' })).toBe(60 * 225);
    for (const nonsense of ['', 'abc', '-1', 'NaN', 'Infinity', '0']) {
      expect(await lengthOf(sampling, { 'x-llm-d-video-duration-seconds': nonsense })).toBe(20 * 225);
      expect(await lengthOf(sampling, { 'x-llm-d-video-resolution': nonsense })).toBe(20 * 225);
    }
  });

  it.each([
    { vllm: {} },
    { vllm: { url: 'http://127.0.0.1:8000' }, modelName: 'm' },
    { modelName: 'm' },
    { udsTokenizerConfig: {} },
    { estimate: {}, modelName: 'm' },
    { estimate: { image: { mode: 'x' } } },
    { estimate: { image: { static: { staticToken: '5' } } } },
    { estimate: { video: { tokensPerFrame: { mode: 'x' } } } },
    { estimate: { video: { frames: { mode: 'x' } } } },
    { estimate: { unknownKey: 1 } },
    { unknownKey: 1 },
  ])('refuses %j', (params) => {
    expect(() => tokenProducer(params as never)).toThrow(expect.objectContaining({ code: 'PARAMS_INVALID' }));
  });

  it('names the tokenizers that are not built', () => {
    expect(() => tokenProducer({ vllm: {} })).toThrow(/`vllm` is known to llm-d but not built/);
  });
});
