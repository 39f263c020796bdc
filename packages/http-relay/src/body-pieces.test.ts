import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BodyPieces } from './body-pieces.ts';

it('gives back what was put in, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 1_000 }), (given) => {
      const pieces = new BodyPieces();
      for (const piece of given) pieces.add(Buffer.from(piece));
      const whole = Buffer.concat(given);
      expect(pieces.size).toBe(whole.length);
      expect(pieces.join().equals(whole)).toBe(true);
      pieces.clear();
      expect([pieces.size, pieces.join().length]).toEqual([0, 0]);
    }),
    { numRuns: 50 },
  );
});

it('gives the very piece when there is one only', () => {
  const pieces = new BodyPieces();
  const piece = Buffer.from('{}');
  pieces.add(piece);
  expect(pieces.join()).toBe(piece);
});

it('holds on to no small pieces', () => {
  const pieces = new BodyPieces();
  const first = Buffer.alloc(64, 'a');
  pieces.add(first.subarray(0, 1));
  for (let i = 0; i < 1_000; i++) pieces.add(Buffer.from('b'));
  first.fill('c');
  // A copy has taken the place of the piece.
  expect(pieces.join().toString('latin1', 0, 2)).toBe('ab');
});
