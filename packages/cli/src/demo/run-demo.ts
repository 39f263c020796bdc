import { setMaxListeners } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Explanation, formatExplanation } from '@pointsman/core';
import { mooncakeSlice, type ReplaySummary } from '@pointsman/testkit/workload';
import { CommandFailure } from '../command-failure.ts';
import { untilStopped } from '../process/until-stopped.ts';
import { writeOut } from '../write-out.ts';
import { sendInBackground } from './background-traffic.ts';
import { comparisonTable } from './comparison-table.ts';
import { type Conditions, type Contender, Contest } from './contest.ts';
import { LEARNED_LATENCY, ROUND_ROBIN, readDemoConfig } from './demo-config.ts';
import { tellingDecision } from './telling-decision.ts';

export interface DemoOptions {
  readonly config?: string;
  readonly servers: number;
  readonly requests?: number;
  /** Default: in proportion to the servers. */
  readonly speed?: number;
  /** File for the result; `-` is standard output. */
  readonly json?: string;
}

/** How many times faster than recorded the trace is for each server: as much as keeps them busy. */
const SPEED_A_SERVER = 27 / 8;
/** Output tokens of the trace are divided by this, as its time is by `speed`. */
const SHRINK_OUTPUT = 8;
/** Traffic after the comparison comes so many times slower. */
const BACKGROUND_SLOWER = 6;

/** What `--json` writes. */
interface DemoResult {
  readonly servers: number;
  readonly requests: number;
  readonly speed: number;
  readonly roundRobin: ReplaySummary;
  readonly learnedLatency: ReplaySummary;
  readonly blend: ReplaySummary;
  /** One decision of the blend. */
  readonly decision: Explanation | null;
}

/** Runs the comparison and shows it. @throws CommandFailure when it is interrupted or a process fails */
export async function runDemo(options: DemoOptions): Promise<void> {
  const abort = new AbortController();
  // Every request in flight listens.
  setMaxListeners(0, abort.signal);
  void untilStopped({ withStdin: false }).then((reason) => abort.abort(reason));
  const folder = await mkdtemp(path.join(tmpdir(), 'pointsman-demo-'));
  try {
    await showDemo(options, folder, abort.signal);
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new CommandFailure('the demo was interrupted', abort.signal.reason === 'SIGINT' ? 130 : 143, error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function showDemo(options: DemoOptions, folder: string, signal: AbortSignal): Promise<void> {
  const { servers, speed = servers * SPEED_A_SERVER, requests, json } = options;
  const trace = mooncakeSlice().slice(0, requests);
  const conditions: Conditions = { servers, trace, speed, shrinkOutput: SHRINK_OUTPUT, signal };
  const say = (text: string) => (json === '-' ? process.stderr : process.stdout).write(`${text}\n`);
  const file = path.resolve(options.config ?? path.join(folder, 'pointsman.yaml'));
  const config = await readDemoConfig(file);
  const name = options.config === undefined ? 'default blend' : path.basename(file);

  say(`${trace.length} requests of the Mooncake conversation trace, ${speed} times faster than recorded,`);
  say(`over ${servers} simulated model servers: in turn, by the latency that the servers' own traffic has taught,`);
  say(`and by the scorers of ${file}\n`);
  const roundRobin = await runOnce(
    { name: 'round robin', config: ROUND_ROBIN, file: path.join(folder, 'round-robin.yaml') },
    conditions,
  );
  const learnedLatency = await runOnce(
    { name: 'learned latency', config: LEARNED_LATENCY, file: path.join(folder, 'learned-latency.yaml') },
    conditions,
  );
  const contest = await Contest.start({ name, config, file }, conditions);
  try {
    say(`Live page: ${contest.gateway.page}`);
    const blend = await contest.run(conditions);
    const decision = await tellingDecision(contest.gateway.admin);
    const runs = [
      { name: 'round robin', summary: roundRobin },
      { name, summary: blend },
      { name: 'learned latency', summary: learnedLatency },
    ];
    say(`\n${comparisonTable(runs)}\n`);
    if (decision !== undefined)
      say(`One decision, explained:\n\n${formatExplanation(decision, { as: 'table', top: 4 })}\n`);
    if (json !== undefined) {
      await writeResult(json, {
        servers,
        requests: trace.length,
        speed,
        roundRobin,
        learnedLatency,
        blend,
        decision: decision ?? null,
      });
    }
    if (process.stdin.isTTY && process.stdout.isTTY) await stayUp(contest, conditions, file, say);
  } finally {
    await contest.stop();
  }
}

async function runOnce(contender: Contender, conditions: Conditions): Promise<ReplaySummary> {
  const contest = await Contest.start(contender, conditions);
  try {
    return await contest.run(conditions);
  } finally {
    await contest.stop();
  }
}

/** Keeps the page alive until the demo is interrupted, which is how it is meant to end. */
async function stayUp(
  contest: Contest,
  conditions: Conditions,
  file: string,
  say: (text: string) => void,
): Promise<void> {
  say(`The gateway stays up, with light traffic.
  Live page      ${contest.gateway.page}
  Configuration  ${file}
  Edit the configuration, a weight for example, and watch the routing change. Ctrl-C ends the demo.`);
  const speed = conditions.speed / BACKGROUND_SLOWER;
  try {
    await Promise.race([sendInBackground(contest.gateway.url, { ...conditions, speed }), contest.untilFailure()]);
  } catch (error) {
    if (!conditions.signal.aborted) throw error;
  }
}

async function writeResult(file: string, result: DemoResult): Promise<void> {
  const text = `${JSON.stringify(result, null, 2)}\n`;
  if (file === '-') await writeOut(text);
  else await writeFile(file, text);
}
