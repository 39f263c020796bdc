import { describe, expect, it, vi } from 'vitest';
import { createProgram } from '../src/program.ts';
import { pointsman } from './command.ts';

const COMMANDS = ['gateway', 'sim', 'decide', 'validate', 'explain', 'schema', 'demo'];

const program = await createProgram();

/** What `pointsman COMMAND --help` prints. */
function helpOf(name: string): string {
  let text = '';
  const command = program.commands.find((each) => each.name() === name)!;
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

vi.setConfig({ testTimeout: 120_000 });

describe('the command', () => {
  it('has its subcommands, a version and exit codes in its help', async () => {
    const [help, version] = await Promise.all([pointsman(['--help']), pointsman(['--version'])]);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const name of COMMANDS) expect(help.stdout).toContain(`\n  ${name} `);
    expect(help.stdout).toContain('Exit codes: 0 done, 1 failed or found invalid, 2 not understood.');
    expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each(COMMANDS)('%s teaches: what it is for, options, two examples', (name) => {
    const help = helpOf(name);
    const examples = help.slice(help.indexOf('Examples:')).match(/\n {2}\$ pointsman /g);
    expect(examples).toHaveLength(2);
    for (const option of program.commands.find((each) => each.name() === name)!.options) {
      expect(option.description, option.flags).not.toBe('');
    }
  });

  it('refuses what it does not know, with the nearest name, and ends with 2', async () => {
    const [command, option, nothing, value] = await Promise.all([
      pointsman(['gatway']),
      pointsman(['validate', '--jsn', 'x.yaml']),
      pointsman([]),
      pointsman(['gateway', '--endpoints', 'ftp://a', '--port', '99999']),
    ]);
    expect(command).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean gateway?') });
    expect(option).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean --json?') });
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('Usage: pointsman') });
    expect(value).toMatchObject({ code: 2, stderr: expect.stringContaining('--endpoints') });
  });
});
