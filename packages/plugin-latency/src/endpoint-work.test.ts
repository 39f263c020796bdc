import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EndpointWork } from './endpoint-work.ts';

function workOf(): EndpointWork {
  const work = new EndpointWork();
  work.grow(2);
  for (const row of [0, 1]) work.reset(row);
  return work;
}

describe('EndpointWork', () => {
  it('has a backlog of the prompts that are there, less what was done of the first one', () => {
    const work = workOf();
    expect(work.backlogMs(0, 10, 1, 0)).toBe(0);
    work.beginPrompt(0, 100, 1000);
    work.beginPrompt(0, 300, 1000);
    expect(work.backlogMs(0, 10, 1, 1000)).toBe(410);
    expect(work.backlogMs(0, 10, 1, 1100)).toBe(310);
    // More than one of the two cannot be done, or its first token would be here.
    expect(work.backlogMs(0, 10, 1, 9000)).toBe(205);
    work.endPrompt(0, 100, true, 1110);
    expect(work.backlogMs(0, 10, 1, 1110)).toBe(310);
    expect(work.backlogMs(1, 10, 1, 1110)).toBe(0);
  });

  it('expects more the more there is to do', () => {
    const law = fc.property(
      fc.array(fc.nat(5000), { maxLength: 20 }),
      fc.nat(5000),
      fc.nat(10_000),
      (sizes, more, at) => {
        const work = workOf();
        for (const tokens of sizes) {
          work.beginPrompt(0, tokens, 0);
          work.beginPrompt(1, tokens, 0);
        }
        work.beginPrompt(1, more, 0);
        expect(work.backlogMs(1, 5, 0.5, at)).toBeGreaterThanOrEqual(work.backlogMs(0, 5, 0.5, at));
      },
    );
    fc.assert(law);
  });

  it('is left as it was when all that began has ended, in any order', () => {
    const law = fc.property(
      fc.array(fc.tuple(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.boolean())),
      (prompts) => {
        const work = workOf();
        for (const [tokens] of prompts) {
          work.beginPrompt(0, tokens, 0);
          work.beginRunning(0, 0);
        }
        for (const [tokens, isDone] of [...prompts].reverse()) {
          work.endPrompt(0, tokens, isDone, 1);
          work.endRunning(0, 1);
        }
        expect([work.prompts[0], work.promptTokens[0], work.running[0], work.backlogMs(0, 5, 1, 2)]).toEqual([
          0, 0, 0, 0,
        ]);
      },
    );
    fc.assert(law);
  });

  it('counts a prompt from when the one before it was done', () => {
    const work = workOf();
    expect(work.freeSince(0, 50)).toBe(50);
    work.beginPrompt(0, 1, 50);
    work.endPrompt(0, 1, true, 80);
    expect([work.freeSince(0, 60), work.freeSince(0, 90)]).toEqual([80, 90]);
  });

  it('is disturbed by a prompt that is given up while others wait, until the next first token', () => {
    const work = workOf();
    work.beginPrompt(0, 1, 0);
    work.endPrompt(0, 1, false, 5);
    expect(work.isDisturbed(0)).toBe(false);
    work.beginPrompt(0, 1, 10);
    work.beginPrompt(0, 1, 10);
    work.endPrompt(0, 1, false, 20);
    expect(work.isDisturbed(0)).toBe(true);
    work.endPrompt(0, 1, true, 30);
    expect(work.isDisturbed(0)).toBe(false);
  });

  it('tells how many ran on average, also when the clock went back', () => {
    const work = workOf();
    work.beginRunning(0, 100);
    const before = work.runningArea(0, 100);
    work.beginRunning(0, 110);
    work.endRunning(0, 130);
    expect((work.runningArea(0, 140) - before) / 40).toBe(1.5);
    const later = work.runningArea(0, 50);
    expect(work.runningArea(0, 60) - later).toBe(10);
  });
});
