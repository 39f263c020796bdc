import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { pointsman } from './command.ts';
import { TemporaryFolder } from './temporary-folder.ts';

const VALID = `plugins:
  - type: queue-scorer
endpoints:
  - http://127.0.0.1:8000
`;

const INVALID = `plugins:
  - type: queu-scorer
  - type: max-score-picker
    parameters: { maxNumOfEndpoints: many }
gatway: {}
`;

vi.setConfig({ testTimeout: 120_000 });

describe('pointsman validate', { concurrent: true }, () => {
  it('says everything that is wrong at once, with file, line and column', async () => {
    using folder = new TemporaryFolder();
    const valid = folder.write('valid.yaml', VALID);
    const invalid = folder.write('invalid.yaml', INVALID);
    const missing = path.join(folder.path, 'missing.yaml');
    const [good, bad, json] = await Promise.all([
      pointsman(['validate', valid]),
      pointsman(['validate', valid, invalid, missing]),
      pointsman(['validate', '--json', valid, invalid]),
    ]);
    expect(good).toEqual({ code: 0, stdout: `${valid}: valid\n`, stderr: '' });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toContain(`${invalid}:2:11 plugins[0].type: unknown plugin type "queu-scorer"`);
    expect(bad.stdout).toContain('Did you mean "queue-scorer"?');
    expect(bad.stdout).toContain(`${invalid}:4:`);
    expect(bad.stdout).toContain(`${invalid}:5:1 gatway`);
    expect(bad.stdout).toContain(`${missing}: there is no such file`);
    expect(json.code).toBe(1);
    const result = JSON.parse(json.stdout);
    expect(result).toMatchObject({ ok: false, files: [{ file: valid, ok: true, problems: [] }, { ok: false }] });
    expect(result.files[1].problems).toContainEqual(
      expect.objectContaining({ line: 2, column: 11, path: 'plugins[0].type' }),
    );
  });

  it('reads standard input, and files of endpoints', async () => {
    using folder = new TemporaryFolder();
    folder.write('endpoints.yaml', 'endpoints:\n  - { address: 10.0.0.1, port: 99999 }\n');
    const config = folder.write('config.yaml', 'endpoints: { file: endpoints.yaml }\n');
    const [piped, endpoints, empty] = await Promise.all([
      pointsman(['validate', '-'], VALID),
      pointsman(['validate', config]),
      pointsman(['validate', '-'], ' '),
    ]);
    expect(piped).toMatchObject({ code: 0, stdout: '-: valid\n' });
    expect(endpoints).toMatchObject({ code: 1, stdout: expect.stringMatching(/endpoints\.yaml:2:\d+ .*port/) });
    expect(empty).toMatchObject({ code: 1, stdout: expect.stringContaining('standard input is empty') });
  });
});

describe('pointsman schema', () => {
  it('prints the JSON Schema, with the plugins that a file imports', async () => {
    using folder = new TemporaryFolder();
    folder.write(
      'mine.mjs',
      `const use = () => {};
export default Object.assign(use, { contract: 1, kinds: ['scorer'], type: 'my-scorer', aliases: [], description: '', stability: 'alpha',
  params: { safeParse: (data) => ({ success: true, data }) }, readsOf: () => [], writesOf: () => [], create: () => ({ score: () => 1 }) });`,
    );
    const config = folder.write('config.yaml', 'imports: [./mine.mjs]\nplugins: [{ type: my-scorer }]\n');
    const [plain, imported, missing] = await Promise.all([
      pointsman(['schema']),
      pointsman(['schema', '--config', config]),
      pointsman(['schema', '--config', path.join(folder.path, 'no.yaml')]),
    ]);
    expect(plain.code).toBe(0);
    const types = (text: string) => JSON.parse(text).$defs.plugin.properties.type.enum as string[];
    expect(types(plain.stdout)).toContain('queue-scorer');
    expect(types(plain.stdout)).not.toContain('my-scorer');
    expect(imported.stderr).toBe('');
    expect(types(imported.stdout)).toContain('my-scorer');
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no such file') });
  });
});
