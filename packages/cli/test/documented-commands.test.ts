import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/program.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const program = await createProgram();
const commandOf = (name: string) => program.commands.find((command) => command.name() === name);

/** Long names of a command's options, `--port`; without those that the help does not show. */
const optionsOf = (command: Command) =>
  command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? []);

describe('docs/command-line.md', () => {
  const page = read('docs/command-line.md');
  const sections = page.split(/^## /m).slice(1);

  it('has a section for each command, in the order of the help', () => {
    expect(sections.map((section) => section.split('\n')[0])).toEqual(program.commands.map((one) => one.name()));
  });

  // Those of the simulated servers are in their own page.
  const others = program.commands.map((command) => command.name()).filter((name) => name !== 'sim');
  it.each(others)('names the options of %s, all of them and no other', (name) => {
    const section = sections.find((text) => text.startsWith(`${name}\n`))!;
    const named = [...section.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map(([option]) => option);
    expect([...new Set(named)].sort()).toEqual(optionsOf(commandOf(name)!).sort());
  });
});

interface CommandLine {
  readonly where: string;
  readonly line: string;
}

/** Every `pointsman ...` in a block of shell commands. */
function commandLinesIn(file: string): CommandLine[] {
  const fences = [...read(file).matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)];
  const blocks = fences.filter((match) => match[1] === '').map((match) => match[2]!);
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
    .filter((line) => /^(npx )?pointsman /.test(line))
    .map((line) => ({ where: file, line: line.replace(/^npx /, '') }));
}

const pages = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs')).map((name) => `docs/${name}`),
  ...readdirSync(path.join(ROOT, 'examples')).map((name) => `examples/${name}/README.md`),
].filter((file) => file.endsWith('.md') && existsSync(path.join(ROOT, file)));

describe('commands in the documents', () => {
  const lines = pages.flatMap(commandLinesIn);

  it('are found', () => {
    expect(lines.length).toBeGreaterThan(10);
  });

  it.each(lines)('$where: $line', ({ line }) => {
    const [, name = '', ...args] = line.split(/\s+/);
    const command = commandOf(name);
    expect(command).toBeDefined();
    const given = args.filter((arg) => arg.startsWith('--')).map((arg) => arg.split('=')[0]!);
    expect(given.filter((option) => !optionsOf(command!).includes(option))).toEqual([]);
  });
});
