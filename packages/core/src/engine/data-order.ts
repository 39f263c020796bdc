import { PointsmanError } from '../contract/errors.ts';
import type { Instance } from './instance.ts';

/** The one writer of each key. @throws PointsmanError DATA_CONFLICT, DATA_UNPRODUCED */
export function writersOf(instances: readonly Instance[]): ReadonlyMap<string, Instance> {
  const writers = new Map<string, Instance>();
  for (const instance of instances) {
    for (const key of instance.writes) {
      const other = writers.get(key.id);
      if (other !== undefined && other !== instance) {
        throw new PointsmanError('DATA_CONFLICT', `"${other.name}" and "${instance.name}" both write ${key.id}`, {
          plugin: instance.name,
          hint: 'Remove one of them, or give one another instance name if its key follows the name.',
        });
      }
      writers.set(key.id, instance);
    }
  }
  for (const instance of instances) {
    for (const key of instance.reads) {
      if (key.isOptional || writers.has(key.id)) continue;
      const producer = key.id.slice(key.id.lastIndexOf('/') + 1);
      throw new PointsmanError('DATA_UNPRODUCED', `"${instance.name}" reads ${key.id}, which no plugin writes`, {
        plugin: instance.name,
        hint: `Add a plugin that writes it${producer === key.id ? '' : `, such as "${producer}"`}.`,
      });
    }
  }
  return writers;
}

/**
 * Sorts instances into levels so that whoever reads comes after whoever writes. Instances of one level need nothing
 * from each other. The order within a level is the configured one.
 * @throws PointsmanError DATA_CYCLE
 */
export function orderByData(
  instances: readonly Instance[],
  writers: ReadonlyMap<string, Instance>,
): readonly (readonly Instance[])[] {
  const levelOf = new Map<Instance, number>();
  const path: Instance[] = [];
  const visit = (instance: Instance): number => {
    const known = levelOf.get(instance);
    if (known !== undefined) return known;
    const start = path.indexOf(instance);
    if (start >= 0) {
      const names = [...path.slice(start), instance].map((step) => `"${step.name}"`).join(' reads from ');
      throw new PointsmanError('DATA_CYCLE', `plugins wait for each other's data: ${names}`, { plugin: instance.name });
    }
    path.push(instance);
    let level = 0;
    for (const key of instance.reads) {
      const writer = key.scope === 'endpoint' ? undefined : writers.get(key.id);
      if (writer !== undefined && writer !== instance) level = Math.max(level, visit(writer) + 1);
    }
    path.pop();
    levelOf.set(instance, level);
    return level;
  };
  const levels: Instance[][] = [];
  for (const instance of instances) {
    const level = visit(instance);
    while (levels.length <= level) levels.push([]);
    levels[level]!.push(instance);
  }
  return levels;
}
