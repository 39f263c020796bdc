import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { CommandFailure } from '../command-failure.ts';

const schema = z.record(z.string(), z.array(z.string()));

/** Reads a YAML file of base models, each with the list of its adapters. @throws CommandFailure */
export function readBaseModels(file: string): Readonly<Record<string, readonly string[]>> {
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandFailure(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  throw new CommandFailure(`${file}: expected base models with lists of adapters, such as "llama: [lora-a, lora-b]"`);
}
