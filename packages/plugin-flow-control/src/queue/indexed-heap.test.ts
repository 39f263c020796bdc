import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IndexedHeap } from './indexed-heap.ts';
import { WaitingRequest } from './waiting-request.ts';

const nobody = () => {};

function request(rank: number, sequence: number): WaitingRequest {
  const facts = { fairnessId: 'a', priority: 0, bytes: 0, firstTokenDueAt: 0, labels: {} };
  const made = new WaitingRequest(facts, 0, sequence, nobody, nobody);
  made.rank = rank;
  return made;
}

it('has the first on top, whoever comes and leaves', () => {
  const steps = fc.array(fc.oneof(fc.record({ rank: fc.nat(9) }), fc.record({ leaves: fc.nat(99) })), {
    maxLength: 100,
    size: 'max',
  });
  fc.assert(
    fc.property(steps, (taken) => {
      const heap = new IndexedHeap<WaitingRequest>();
      let inside: WaitingRequest[] = [];
      for (const [sequence, step] of taken.entries()) {
        if ('rank' in step) {
          const added = request(step.rank, sequence);
          inside.push(added);
          heap.add(added);
        } else if (inside.length > 0) {
          const gone = inside[step.leaves % inside.length]!;
          inside = inside.filter((other) => other !== gone);
          heap.remove(gone);
          expect(gone.heapIndex).toBe(-1);
        }
        const first = inside.toSorted((a, b) => a.rank - b.rank || a.sequence - b.sequence)[0];
        expect(heap.first()).toBe(first);
        expect(heap.size).toBe(inside.length);
      }
    }),
  );
});
