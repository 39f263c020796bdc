import { silentLogger } from '@pointsman/core';
import { describe, expect, it } from 'vitest';
import { say } from '../../test/proxy-client.ts';
import { openStream } from '../../test/recorded-transport.ts';
import { NO_EDITS } from '../reply/header-edits.ts';
import { BODY_MODE, type BodyMode } from '../wire/messages.ts';
import { ModeAdvice } from './mode-advice.ts';
import type { Exchange, Processor } from './processor.ts';

const { NONE, STREAMED, BUFFERED, FULL_DUPLEX_STREAMED } = BODY_MODE;

function listening() {
  const warnings: string[] = [];
  return { warnings, log: { ...silentLogger, warn: (message: string) => warnings.push(message) } };
}

const following: Processor = {
  process: () => ({ edits: NO_EDITS, clearsRoute: true, followsResponse: true }),
};

const reading: Processor = {
  process: () => ({
    edits: NO_EDITS,
    clearsRoute: true,
    followsResponse: true,
    exchange: {
      needsBody: true,
      responseHeaders: () => NO_EDITS,
      responseBody: (chunk) => chunk,
      flushBody: () => Buffer.alloc(0),
      complete: () => undefined,
      end() {},
    } satisfies Exchange,
  }),
};

/** Warnings when a proxy sends a request and its response. */
function warningsOf(request: BodyMode, response: BodyMode, processor = following, observabilityMode = false) {
  const { warnings, log } = listening();
  openStream(processor, { log }).send(
    { ...say.requestHeaders({ ':method': 'GET' }, true), ...say.modes(request, response), observabilityMode },
    say.responseHeaders({ ':status': '200' }),
    ...(response === NONE ? [] : [say.responseBody('x', true)]),
  );
  return warnings;
}

describe('advice', () => {
  it.each([
    ['request body not shown', STREAMED, NONE, 'request_body_mode: FULL_DUPLEX_STREAMED'],
    ['request body kept', NONE, NONE, 'request_body_mode: FULL_DUPLEX_STREAMED'],
    ['response echoed for nobody', FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED, 'response_body_mode: NONE'],
    ['response that cannot be switched off', BUFFERED, STREAMED, 'allow_mode_override: true'],
  ])('names the remedy: %s', (_, request, response, remedy) => {
    const [warning] = warningsOf(request, response);
    expect(warning).toContain(remedy);
  });

  it('names the remedy: response kept that somebody reads', () => {
    expect(warningsOf(BUFFERED, NONE, reading)).toEqual([expect.stringContaining('response_body_mode: FULL_DUPLEX')]);
  });

  it('says nothing where all is well', () => {
    expect(warningsOf(FULL_DUPLEX_STREAMED, NONE)).toEqual([]);
    expect(warningsOf(BUFFERED, NONE)).toEqual([]);
    expect(warningsOf(FULL_DUPLEX_STREAMED, FULL_DUPLEX_STREAMED, reading)).toEqual([]);
    expect(warningsOf(BUFFERED, STREAMED, reading)).toEqual([]);
  });

  it('knows a proxy that only looks on', () => {
    expect(warningsOf(FULL_DUPLEX_STREAMED, NONE, following, true)[0]).toContain('observability_mode: false');
  });

  it('is given once', () => {
    const { warnings, log } = listening();
    const advice = new ModeAdvice(log);
    for (let i = 0; i < 3; i++) advice.began(NONE, false);
    advice.bodyUnread(FULL_DUPLEX_STREAMED);
    advice.bodyUnread(STREAMED);
    expect(warnings).toHaveLength(3);
  });

  it('notices that streamed responses end before they can', () => {
    const { warnings, log } = listening();
    const advice = new ModeAdvice(log);
    for (let i = 0; i < 19; i++) advice.endedWithStream(true, 1);
    advice.endedWithStream(true, 800);
    for (let i = 0; i < 50; i++) advice.endedWithStream(false, 1);
    for (let i = 0; i < 19; i++) advice.endedWithStream(true, 1);
    expect(warnings).toEqual([]);
    advice.endedWithStream(true, 1);
    advice.endedWithStream(true, 1);
    expect(warnings).toEqual([expect.stringContaining('response_trailer_mode: SEND')]);
  });

  it.each([
    ['the same wait', [200, 210, 195, 205, 240], 1],
    ['a long wait, give or take', [60_000, 61_000, 59_500, 60_200, 60_000, 60_000], 1],
    ['too few', [200, 200, 200, 200], 0],
    ['one that is different', [200, 200, 900, 200, 200, 200, 200], 0],
    ['clients who leave at once', [1, 2, 1, 3, 2, 1], 0],
  ])('names the remedy where requests are given up after %s', (_, waits, count) => {
    const { warnings, log } = listening();
    const advice = new ModeAdvice(log);
    for (const wait of waits) advice.leftWaiting(wait);
    expect(warnings).toEqual(Array(count).fill(expect.stringContaining('message_timeout longer')));
  });
});
