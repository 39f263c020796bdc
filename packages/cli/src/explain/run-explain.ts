import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { formatExplanation } from '@pointsman/core';
import { z } from 'zod';
import { AdminClient } from '../admin/admin-client.ts';
import { CommandFailure } from '../command-failure.ts';
import { writeOut } from '../write-out.ts';
import { readExplanation } from './read-explanation.ts';

export interface ExplainOptions {
  readonly admin: string;
  readonly tokenEnv: string;
  readonly file?: string;
  readonly as: 'table' | 'markdown' | 'json';
  readonly json?: boolean;
  readonly top: number;
}

/** Prints why a decision came out as it did. @throws CommandFailure */
export async function runExplain(id: string | undefined, options: ExplainOptions): Promise<void> {
  const { file, top } = options;
  const text = file === undefined ? await fetchExplanation(id, options) : await readText(file);
  const explanation = readExplanation(text, file === undefined ? options.admin : file);
  const as = options.json === true ? 'json' : options.as;
  await writeOut(`${formatExplanation(explanation, { as, top })}\n`);
}

async function fetchExplanation(id: string | undefined, { admin, tokenEnv }: ExplainOptions): Promise<string> {
  const client = new AdminClient(admin, process.env[tokenEnv]);
  const wanted = id ?? (await newest(client));
  return client.get(`/api/decisions/${encodeURIComponent(wanted)}`);
}

const list = z.object({ decisions: z.array(z.object({ id: z.string().nullable() })) });

async function newest(client: AdminClient): Promise<string> {
  const { decisions } = list.parse(JSON.parse(await client.get('/api/decisions?limit=100')));
  // What was turned away has no decision to explain.
  const id = decisions.find((decision) => decision.id !== null)?.id;
  if (id == null) throw new CommandFailure('the gateway has made no decision yet. Send it a request first');
  return id;
}

async function readText(file: string): Promise<string> {
  if (file === '-') return readAll(process.stdin);
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailure(
      `${file} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.message}`,
    );
  });
}
