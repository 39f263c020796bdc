import type { RequestCycle } from './cycle.ts';
import type { Faults } from './faults.ts';
import type { Instance } from './instance.ts';
import type { ProfileRecord } from './profile-record.ts';

/** Stage 7: the picker orders the candidates. When it fails or names nobody, one of the best totals is taken. */
export function runPicker(cycle: RequestCycle, record: ProfileRecord, picker: Instance, faults: Faults): void {
  cycle.running = picker;
  try {
    const picked: unknown = picker.plugin.pick!(record, record.totals, cycle, record.order);
    record.pickedCount = checkedCount(record, picked);
  } catch (error) {
    faults.report(picker.name, 'pick', error, cycle.record);
    record.order[0] = oneOfTheBest(record, cycle);
    record.pickedCount = 1;
  }
}

function checkedCount(record: ProfileRecord, picked: unknown): number {
  const { length, order } = record;
  if (typeof picked !== 'number' || !Number.isInteger(picked) || picked < 1 || picked > length) {
    throw new RangeError(`pick() answered ${String(picked)}; there are ${length} candidates`);
  }
  for (let i = 0; i < picked; i++) {
    const index = order[i]!;
    if (index < 0 || index >= length) throw new RangeError(`picked candidate ${index} of ${length}`);
  }
  // A short list is compared pair by pair; only long ones are worth a set.
  if (picked > 8) {
    if (new Set(order.subarray(0, picked)).size !== picked) throw new RangeError('picked one candidate twice');
  } else {
    for (let i = 1; i < picked; i++) {
      for (let j = 0; j < i; j++) if (order[i] === order[j]) throw new RangeError('picked one candidate twice');
    }
  }
  return picked;
}

/** Among equal totals the seed decides, so that a broken picker does not heap the load on one endpoint. */
function oneOfTheBest(record: ProfileRecord, cycle: RequestCycle): number {
  let best = 0;
  let ties = 1;
  for (let i = 1; i < record.length; i++) {
    const lead = record.totals[i]! - record.totals[best]!;
    if (lead < 0) continue;
    ties = lead > 0 ? 1 : ties + 1;
    if (ties === 1 || cycle.random.below(ties) === 0) best = i;
  }
  return best;
}
