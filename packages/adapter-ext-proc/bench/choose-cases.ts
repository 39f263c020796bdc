import type { BenchOptions } from './bench-options.ts';
import { IDLE_CASES, type IdleCase, TRAFFIC_CASES, type TrafficCase } from './cases.ts';

export interface ChosenCases {
  readonly traffic: readonly TrafficCase[];
  readonly idle: readonly IdleCase[];
}

/** @throws Error that lists what there is, when nothing is left */
export function chooseCases({ case: text, setups }: Pick<BenchOptions, 'case' | 'setups'>): ChosenCases {
  const known: readonly string[] = [...new Set(TRAFFIC_CASES.flatMap((each) => each.setups))];
  const unknown = setups.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no setup "${unknown}". The setups are: ${known.join(', ')}`);
  const isChosen = ({ name }: { readonly name: string }) => name.includes(text);
  const traffic = TRAFFIC_CASES.filter(isChosen)
    .map((each) => ({ ...each, setups: each.setups.filter((name) => setups.length === 0 || setups.includes(name)) }))
    .filter((each) => each.setups.length > 0);
  const idle = IDLE_CASES.filter(isChosen);
  if (traffic.length + idle.length > 0) return { traffic, idle };
  const names = [...TRAFFIC_CASES, ...IDLE_CASES].map(({ name }) => `  ${name}`);
  throw new Error(`No case contains "${text}". The cases are:\n${names.join('\n')}`);
}
