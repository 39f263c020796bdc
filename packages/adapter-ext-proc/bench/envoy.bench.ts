import { envoyPath } from '../test/envoy/rig/find-envoy.ts';
import { type BenchOptions, benchOptions } from './bench-options.ts';
import { type ChosenCases, chooseCases } from './choose-cases.ts';
import type { CaseResult } from './measure/case-result.ts';
import { describeMachine } from './measure/machine.ts';
import { runCase } from './measure/run-case.ts';
import { type IdleResult, runIdle } from './measure/run-idle.ts';
import { caseTables } from './report/case-table.ts';
import { idleTable } from './report/idle-table.ts';
import { Rig } from './rig/rig.ts';

/**
 * What the endpoint picker costs behind a real Envoy: throughput, CPU, latency and memory, beside Envoy without a picker and
 * a picker that only answers. Clients, model servers, Envoys and pickers are processes of their own.
 */
async function main(options: BenchOptions, { traffic, idle }: ChosenCases, envoy: string): Promise<boolean> {
  const { rounds, roundMs } = options;
  const machine = describeMachine(envoy);
  console.log(
    `Node ${machine.node}, Envoy ${machine.envoy} with one worker, ${machine.cores} cores (${machine.processor})`,
  );
  console.log(
    `Clients, model servers, Envoy and picker share them. Medians of ${rounds} rounds of ${roundMs} ms, in turns.`,
  );
  console.log('none: Envoy without a picker. fixed: a picker that only answers. rest: clients and model servers.');
  console.log('by-name: recommended, before model servers that give single metrics; the others give whole pages only.');

  await using rig = await Rig.start(options.nodeOptions);
  const cases: Record<string, CaseResult> = {};
  for (const each of traffic) {
    const result = await runCase(rig, each, options);
    cases[each.name] = result;
    console.log(`\n${each.name}\n${caseTables(result)}`);
  }
  const idleCases: Record<string, IdleResult> = {};
  for (const each of idle) idleCases[each.name] = await runIdle(rig, each);
  if (idle.length > 0) console.log(`\n${idleTable(idleCases)}`);

  const failures = Object.values(cases).flatMap((result) =>
    Object.values(result).flatMap(({ failure }) => failure ?? []),
  );
  if (failures.length > 0) console.error(`Requests failed: ${[...new Set(failures)].join(', ')}`);
  if (process.env.BENCH_JSON === '1') {
    console.log(JSON.stringify({ machine, rounds, roundMs, cases, idle: idleCases }));
  }
  return failures.length === 0;
}

try {
  const options = benchOptions(process.argv.slice(2));
  const cases = chooseCases(options);
  if (envoyPath === undefined) throw new Error('There is no Envoy here: .ci/install-envoy gets it.');
  process.exitCode = (await main(options, cases, envoyPath)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
