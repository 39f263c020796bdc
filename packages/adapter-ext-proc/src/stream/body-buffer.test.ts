import { describe, expect, it } from 'vitest';
import { ByteBudget } from '../memory/byte-budget.ts';
import { BodyBuffer } from './body-buffer.ts';

describe('a body', () => {
  it('holds no more than itself of what was received with it', () => {
    const received = Buffer.alloc(64 * 1024, 'x');
    const [small, large] = [new BodyBuffer(1e6, new ByteBudget(1e6)), new BodyBuffer(1e6, new ByteBudget(1e6))];
    small.add(received.subarray(100, 900));
    expect(small.take().buffer).not.toBe(received.buffer);
    large.add(received.subarray(100, 60_000));
    expect(large.take().buffer).toBe(received.buffer);
  });

  it('is joined, and counts until it is released', () => {
    const budget = new ByteBudget(10);
    const body = new BodyBuffer(8, budget);
    expect([body.add(Buffer.from('abc')), body.add(Buffer.alloc(0)), body.add(Buffer.from('de'))]).toEqual(
      Array(3).fill('kept'),
    );
    expect(String(body.take())).toBe('abcde');
    expect(budget.used).toBe(5);
    expect(new BodyBuffer(8, budget).add(Buffer.alloc(6))).toBe('no-room');
    expect(body.add(Buffer.alloc(4))).toBe('too-long');
    expect(budget.used).toBe(0);
  });
});
