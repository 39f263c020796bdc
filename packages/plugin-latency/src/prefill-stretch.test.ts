import { describe, expect, it } from 'vitest';
import { PrefillStretch } from './prefill-stretch.ts';

describe('PrefillStretch', () => {
  it('takes prompts that waited when the one before was done, as one step when they are done together', () => {
    const stretch = new PrefillStretch(100);
    stretch.add(50, 0, 200);
    expect(stretch.takes(150, 300)).toBe(true);
    expect(stretch.takes(250, 300)).toBe(false);
    stretch.add(30, 0, 300);
    stretch.add(20, 0, 300.5);
    expect([stretch.ms, stretch.tokens, stretch.steps]).toEqual([200.5, 100, 2]);
  });

  it('ends after a few prompts, but not in the middle of a step', () => {
    const stretch = new PrefillStretch(0);
    for (let i = 1; i <= 8; i++) stretch.add(1, 0, 10 * i);
    expect(stretch.takes(5, 80.5)).toBe(true);
    expect(stretch.takes(5, 90)).toBe(false);
  });

  it('takes nothing from before its end: the clock went back', () => {
    const stretch = new PrefillStretch(0);
    stretch.add(1, 0, 100);
    expect(stretch.takes(5, 50)).toBe(false);
  });

  it('teaches once, when it is sealed and all have ended well', () => {
    const stretch = new PrefillStretch(0);
    stretch.add(10, 0, 10);
    stretch.add(10, 3, 20);
    stretch.end(true, -4);
    stretch.seal();
    expect([stretch.takes(5, 25), stretch.takeLesson()]).toEqual([false, false]);
    stretch.end(true, 1);
    expect([stretch.tokens, stretch.waiting]).toEqual([17, 3]);
    expect([stretch.takeLesson(), stretch.takeLesson()]).toEqual([true, false]);
  });

  it('teaches nothing when one of them failed', () => {
    const stretch = new PrefillStretch(0);
    stretch.add(10, 0, 10);
    stretch.add(10, 0, 20);
    stretch.seal();
    stretch.end(false, 0);
    stretch.end(true, 0);
    expect(stretch.takeLesson()).toBe(false);
  });
});
