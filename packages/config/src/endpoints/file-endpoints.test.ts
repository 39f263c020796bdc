import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EndpointSpec, Logger } from '@pointsman/core';
import { silentLogger } from '@pointsman/core';
import { expect, onTestFinished, test } from 'vitest';
import { tempFolder } from '../../test/temp-folder.ts';
import { ConfigError } from '../problems/config-error.ts';
import { formatProblem } from '../problems/config-problem.ts';
import { parseEndpointFile } from './endpoint-file.ts';
import { fileEndpoints } from './file-endpoints.ts';

/** What comes one after the other, awaited. */
class Inbox<T> {
  readonly #queue: T[] = [];
  #waiting: ((value: T) => void)[] = [];
  put = (value: T): void => {
    const next = this.#waiting.shift();
    if (next === undefined) this.#queue.push(value);
    else next(value);
  };
  next(): Promise<T> {
    const known = this.#queue.shift();
    return known === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(known);
  }
}

async function follow(path: string) {
  const lists = new Inbox<readonly EndpointSpec[]>();
  const logged = new Inbox<string>();
  const log: Logger = { ...silentLogger, warn: logged.put, error: logged.put };
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const sink = { upsert() {}, remove() {}, replaceAll: lists.put };
  await fileEndpoints({ path, log, intervalMs: 5 }).start(sink, stop.signal);
  return { lists, logged };
}

const addresses = (specs: readonly EndpointSpec[]) => specs.map(({ address, port }) => `${address}:${port}`);
const listOf = (...ports: readonly number[]) =>
  `endpoints:\n${ports.map((port) => `- { name: e${port}, address: 10.0.0.1, port: "${port}" }\n`).join('')}`;

test('the form of the reference, and what it does not have', () => {
  const { endpoints, problems } = parseEndpointFile(
    `endpoints:
- { name: a, namespace: prod, address: 10.0.0.1, port: "8000", labels: { llm-d.ai/role: decode } }
- { address: gpu-7.cluster.example, port: 8001, labels: { rank: 3, spot: yes } }
- { address: "[2001:db8::1]", port: 8002, scheme: https, metricsAddress: m.example, metricsPort: 9400 }
`,
    'e.yaml',
  );
  expect(problems).toEqual([]);
  expect(endpoints).toEqual([
    { name: 'a', namespace: 'prod', address: '10.0.0.1', port: 8000, labels: { 'llm-d.ai/role': 'decode' } },
    { address: 'gpu-7.cluster.example', port: 8001, labels: { rank: '3', spot: 'true' } },
    { address: '2001:db8::1', port: 8002, scheme: 'https', metricsAddress: 'm.example', metricsPort: 9400 },
  ]);
  expect(parseEndpointFile('{"endpoints": []}', 'e.json').endpoints).toEqual([]);
});

test('labels say where the metrics of clusters are, when they are asked', () => {
  const text = `endpoints:
- { name: a, address: router.eu.example, port: 443, labels: { metricsAddress: m.eu.example, metricsPort: "9090" } }
- { name: b, address: 10.0.0.2, port: 443, labels: { metricsAddress: "fd00::2" } }
- { name: c, address: 10.0.0.3, port: 443, labels: { metricsPort: "9090" } }
- { name: d, address: 10.0.0.4, port: 443, metricsAddress: own.example, labels: { metricsAddress: other.example } }
- { name: e, address: 10.0.0.5, port: 443, labels: { metricsAddress: "no host" } }
- { name: f, address: 10.0.0.6, port: 443, labels: { metricsAddress: m.example, metricsPort: "70000" } }
`;
  const { endpoints, problems } = parseEndpointFile(text, 'e.yaml', { metricsFromLabels: true });
  expect(endpoints?.map(({ name, metricsAddress, metricsPort }) => [name, metricsAddress, metricsPort])).toEqual([
    ['a', 'm.eu.example', 9090],
    ['b', 'fd00::2', 443],
    ['c', undefined, undefined],
    ['d', 'own.example', undefined],
  ]);
  expect(problems.map(formatProblem)).toEqual([
    'e.yaml:6:70 endpoints[4].labels.metricsAddress: expected a host name or an IP address',
    'e.yaml:7:94 endpoints[5].labels.metricsPort: expected a port in 1..65535',
  ]);
  const plain = parseEndpointFile(text, 'e.yaml');
  expect(plain.problems).toEqual([]);
  expect(plain.endpoints?.[0]).not.toHaveProperty('metricsAddress');
});

test('what is wrong is said with its place, and the rest is kept', () => {
  const { endpoints, problems } = parseEndpointFile(
    `version: 1
endpoints:
- { address: 10.0.0.1, port: 1 }
- { address: 10.0.0.1, port: 0 }
- { adress: 10.0.0.1, port: 2 }
- { address: "a b", port: 2 }
- { address: 10.0.0.1, port: 1 }
- 10.0.0.1:80
`,
    'e.yaml',
  );
  expect(endpoints?.length).toBe(1);
  expect(problems.map(formatProblem)).toEqual([
    'e.yaml:1:1 version: unknown key "version"',
    'e.yaml:4:30 endpoints[1].port: expected a port in 1..65535',
    'e.yaml:5:3 endpoints[2].address: is missing',
    'e.yaml:5:5 endpoints[2].adress: unknown key "adress". Did you mean "address"?',
    'e.yaml:6:14 endpoints[3].address: expected a host name or an IP address',
    'e.yaml:7:3 endpoints[4]: the endpoint "default/10.0.0.1:1" is there twice',
    'e.yaml:8:3 endpoints[5]: expected a map, received text "10.0.0.1:80"',
  ]);
});

test.each([
  ['broken YAML', 'endpoints: [', /flow|]/],
  ['a list', '- a', /expected a map/],
  ['nothing', '', /expected a map/],
  ['no list', 'endpoints: 3', /expected a list/],
  ['no endpoints', 'other: 3', /is missing/],
])('%s tells nothing about endpoints', (_what, text, why) => {
  const { endpoints, problems } = parseEndpointFile(text, 'e.yaml');
  expect(endpoints).toBeUndefined();
  expect(problems.map(({ message }) => message).join()).toMatch(why);
});

test('at the start every entry has to be right', async () => {
  const path = join(tempFolder(), 'e.yaml');
  await expect(follow(path)).rejects.toThrow('there is no such file');
  writeFileSync(path, 'endpoints: [{ address: 10.0.0.1, port: x }]');
  const error = await follow(path).catch((e: unknown) => e);
  expect(ConfigError.is(error) && error.problems[0]).toMatchObject({ line: 1, column: 40 });
  writeFileSync(path, Buffer.from([0x65, 0xff, 0xfe]));
  await expect(follow(path)).rejects.toThrow('not UTF-8');
});

test('changes are followed; what is wrong leaves out as little as it can', async () => {
  const path = join(tempFolder(), 'e.yaml');
  writeFileSync(path, listOf(1, 2));
  const { lists, logged } = await follow(path);
  expect(addresses(await lists.next())).toEqual(['10.0.0.1:1', '10.0.0.1:2']);

  writeFileSync(path, listOf(2, 70_000, 3));
  expect(addresses(await lists.next())).toEqual(['10.0.0.1:2', '10.0.0.1:3']);
  expect(await logged.next()).toContain('endpoints[1].port: expected a port in 1..65535');

  writeFileSync(path, 'endpoints: [');
  expect(await logged.next()).toContain(`${path}:1:`);
  rmSync(path);
  expect(await logged.next()).toBe(`endpoint file ${path} is gone; the endpoints stay as they are`);
  writeFileSync(path, listOf(4));
  expect(addresses(await lists.next())).toEqual(['10.0.0.1:4']);
});

test('a ConfigMap that Kubernetes swaps is followed', async () => {
  const folder = tempFolder();
  for (const [version, port] of [
    ['..v1', 1],
    ['..v2', 2],
  ] as const) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, 'e.yaml'), listOf(port));
  }
  symlinkSync('..v1', join(folder, '..data'));
  symlinkSync('..data/e.yaml', join(folder, 'e.yaml'));
  const { lists } = await follow(join(folder, 'e.yaml'));
  expect(addresses(await lists.next())).toEqual(['10.0.0.1:1']);
  symlinkSync('..v2', join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
  expect(addresses(await lists.next())).toEqual(['10.0.0.1:2']);
});
