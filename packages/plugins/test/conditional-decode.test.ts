import { createCatalog, createConfiguredScheduler, type LoadedConfig, parseConfig } from '@pointsman/config';
import { openaiParser } from '@pointsman/inference-api';
import { VirtualClock } from '@pointsman/testkit/harness';
import { describe, expect, it } from 'vitest';
import { builtinPlugins } from '../src/index.ts';

const catalog = createCatalog(builtinPlugins);
const profile = (name: string, ...plugins: readonly string[]) =>
  `- name: ${name}\n  plugins: [${plugins.map((plugin) => `{ pluginRef: ${plugin} }`).join(', ')}]\n`;

const filtersOf = ({ pools }: LoadedConfig) =>
  Object.entries(pools['default']!.profiles).map(([name, { filters = [] }]) => [
    name,
    ...filters.map((use) => use.name),
  ]);

async function filtersIn(text: string) {
  return filtersOf(await parseConfig(text, { catalog }));
}

describe('Prefer: if-available', () => {
  it('is looked at last in every profile that decodes', async () => {
    const text = `plugins: [{ type: decode-filter }, { type: prefill-filter }, { type: header-profile-handler }]
schedulingProfiles:
${profile('prefill', 'prefill-filter')}${profile('decode', 'decode-filter')}${profile('other')}`;
    expect(await filtersIn(text)).toEqual([
      ['prefill', 'prefill-filter'],
      ['decode', 'decode-filter', 'conditional-decode-filter'],
      ['other', 'conditional-decode-filter'],
    ]);
    expect(await filtersIn('')).toEqual([['default', 'conditional-decode-filter']]);
  });

  it('is looked at only where a configuration says when it has a filter of its own', async () => {
    const own =
      'plugins: [{ type: conditional-decode-filter, name: mine }, { type: queue-scorer }]\nschedulingProfiles:\n';
    expect(await filtersIn(own + profile('default', 'mine', 'queue-scorer'))).toEqual([['default', 'mine']]);
    expect(await filtersIn(own + profile('default', 'queue-scorer'))).toEqual([['default']]);
  });

  it('is served where the prompt was sent before, and refused before that', async () => {
    const text = `plugins: [{ type: active-request-scorer }, { type: approx-prefix-cache-producer }]
schedulingProfiles:
${profile('default', 'active-request-scorer')}endpoints: [{ address: 127.0.0.1, port: 1 }, { address: 127.0.0.1, port: 2 }]
dataLayer: { injectDefaults: false }
`;
    await using configured = await createConfiguredScheduler({ catalog, text, clock: new VirtualClock() });
    const body = Buffer.from(JSON.stringify({ model: 'm', prompt: 'The train goes to the right track. '.repeat(40) }));
    const path = '/v1/completions';
    const payload = openaiParser.parse({ path, headers: {}, body });
    const send = async (headers: Readonly<Record<string, string>>) => {
      const call = await configured.scheduler.schedule({ model: 'm', path, headers, payload });
      call.end();
      return call.decision.target.id;
    };
    const prefer = { prefer: 'if-available' };
    await expect(send(prefer)).rejects.toMatchObject({ code: 'REJECTED', httpStatus: 412 });
    await expect(send(prefer)).rejects.toMatchObject({ code: 'REJECTED', httpStatus: 412 });
    const first = await send({});
    for (let i = 0; i < 5; i++) expect(await send(prefer)).toBe(first);
  });
});
