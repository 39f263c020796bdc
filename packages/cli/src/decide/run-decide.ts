import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { PointsmanError } from '@pointsman/core';
import { ApiError } from '@pointsman/inference-api';
import { CommandFailure } from '../command-failure.ts';
import { ExitCode } from '../exit-code.ts';
import { writeOut } from '../write-out.ts';
import type { DecideAnswer } from './answer.ts';
import { answerJson } from './answer-json.ts';
import { answerTable } from './answer-table.ts';
import { loadDecideConfig } from './decide-config.ts';
import { DecideSession } from './decide-session.ts';
import { readCase } from './read-case.ts';

export interface DecideOptions {
  readonly config?: string;
  /** File with the case or cases; `-` or nothing: standard input. */
  readonly state?: string;
  readonly jsonl?: boolean;
  readonly json?: boolean;
}

/** Reads a case or cases and prints what the scheduler would do. @throws CommandFailure */
export async function runDecide({ config, state = '-', jsonl, json }: DecideOptions): Promise<void> {
  if (state === '-' && process.stdin.isTTY) {
    throw new CommandFailure('name a file with --state, or pipe the state to standard input', ExitCode.usage);
  }
  const session = new DecideSession(config === undefined ? undefined : await loadDecideConfig({ file: config }));
  try {
    if (jsonl === true) return await decideLines(session, state);
    const where = state === '-' ? 'standard input' : state;
    const text = state === '-' ? await readAll(process.stdin) : await readFile(state, 'utf8').catch(unreadable(state));
    const answer = await answerCase(session, text, where);
    const asJson = json === true || !process.stdout.isTTY;
    await writeOut(asJson ? `${answerJson(answer, 2)}\n` : `${answerTable(answer)}\n`);
  } finally {
    await session.close();
  }
}

/** One answer for each line. A line that cannot be answered has its error as the answer; the others go on. */
async function decideLines(session: DecideSession, state: string): Promise<void> {
  const input: Readable = state === '-' ? process.stdin : createReadStream(state);
  const source = state === '-' ? 'standard input' : state;
  let line = 0;
  let failed = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (text.trim() === '') continue;
      try {
        await writeOut(`${answerJson(await answerCase(session, text, `${source}:${line}`))}\n`);
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        failed++;
        process.stderr.write(`pointsman: ${error.message}\n`);
        const { message } = error;
        const answer = { ...idOf(text), line, target: null, error: { code: 'INPUT_INVALID', message } };
        await writeOut(`${JSON.stringify(answer)}\n`);
      }
    }
  } catch (error) {
    if (state !== '-' && isFileError(error)) unreadable(state)(error);
    throw error;
  }
  if (failed > 0) throw new CommandFailure(`${failed} of ${line} lines could not be answered`);
}

async function answerCase(session: DecideSession, text: string, where: string): Promise<DecideAnswer> {
  const decideCase = readCase(text, where);
  try {
    return await session.answer(decideCase);
  } catch (error) {
    if (PointsmanError.is(error)) {
      const hint = error.hint === undefined || error.message.includes(error.hint) ? '' : `. ${error.hint}`;
      throw new CommandFailure(`${where}: ${error.message}${hint}`, ExitCode.failed, error);
    }
    if (ApiError.is(error))
      throw new CommandFailure(`${where}: request.body: ${error.message}`, ExitCode.failed, error);
    throw error;
  }
}

/** The case's id, where the line is so far in order that it has one. */
function idOf(text: string): { readonly id?: string | number } {
  try {
    const { id } = JSON.parse(text) as { readonly id?: unknown };
    return typeof id === 'string' || typeof id === 'number' ? { id } : {};
  } catch {
    return {};
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    const why = isFileError(error) && error.code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new CommandFailure(`${file} cannot be read: ${why}`, ExitCode.failed, error);
  };
}
