import { createServer } from 'node:http';
import { listen } from '@pointsman/http-relay';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmin } from '../../src/admin/create-admin.ts';
import { closeServer } from '../rig/close-server.ts';
import { browserPath, launchBrowser } from './browser.ts';
import { createAdminRig } from './create-admin-rig.ts';

const title =
  browserPath === undefined ? 'the live page (skipped: no Chromium, see POINTSMAN_CHROMIUM)' : 'the live page';

/** A page that remembers everything that should not have happened. */
async function open(browser: Browser, url: string, viewport = { width: 1280, height: 860 }) {
  const context = await browser.newContext({ viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests, close: () => context.close() };
}

const isLive = (page: Page) => page.waitForSelector('#state[data-state=live]');

describe.skipIf(browserPath === undefined)(title, { timeout: 60_000 }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  it('shows endpoints and decisions by itself, from this listener alone', async () => {
    await using rig = await createAdminRig();
    const { page, complaints, requests, close } = await open(browser, rig.url);
    await isLive(page);
    expect(await page.locator('.endpoints tbody tr').count()).toBe(3);
    await rig.traffic.send(Date.now());
    await page.getByRole('button', { name: 'Running' }).and(page.locator('.segments button')).click();
    await page.locator('#decision-list button').waitFor();
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    await page.locator('.segments button', { hasText: 'Finished' }).click();
    await page.locator('#decision-list [data-status=ok]').waitFor();
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(rig.url) && !url.startsWith('data:'))).toEqual([]);
    await close();
  });

  it('explains a decision, with keyboard alone, and follows it to its end', async () => {
    await using rig = await createAdminRig();
    const call = await rig.traffic.send(Date.now());
    const { page, complaints, close } = await open(browser, rig.url);
    await isLive(page);
    await page.locator('.segments button', { hasText: 'Running' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('#decision-list button').waitFor();
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    // Over the two other lists, then the scrolling list itself or its first line.
    for (let i = 0; i < 3 && (await page.locator('#decision-list button:focus').count()) === 0; i++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.locator('.matrix').waitFor();
    const { target, profiles } = call!.decision.explain();
    expect(await dialog.locator('h2').textContent()).toContain(target.replace('default/', ''));
    expect(await dialog.locator('.matrix tbody tr').count()).toBe(profiles[0]!.candidates.length);
    expect(await dialog.locator('.matrix thead').textContent()).toContain('queue-scorer');
    expect(page.url()).toContain('#decision=default%3A1');
    expect(await dialog.locator('.outcome').textContent()).toContain('still running');
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    await dialog.locator('.outcome', { hasText: 'Output tokens' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.waitForURL(({ hash }) => hash === '');
    expect(complaints).toEqual([]);
    await close();
  });

  it('opens the decision that its address names, or says that it is forgotten', async () => {
    await using rig = await createAdminRig();
    await rig.traffic.send(Date.now());
    for (const [id, text] of [
      ['default:1', 'Why '],
      ['default:77', 'Not remembered'],
    ]) {
      const { page, close } = await open(browser, `${rig.url}/#decision=${id}`);
      await page.getByRole('dialog').locator('h2', { hasText: text! }).waitFor();
      await close();
    }
  });

  it('shows why a request was turned away', async () => {
    await using rig = await createAdminRig();
    rig.traffic.model = 'forbidden';
    await rig.traffic.send(Date.now());
    const { page, close } = await open(browser, rig.url);
    await page.locator('.segments button', { hasText: 'Failed' }).click();
    await page.locator('#decision-list button').click();
    await page.getByRole('dialog').getByText('request rejected: forbidden-model').waitFor();
    await close();
  });

  it('takes hostile names as text', async () => {
    const attack = `<img src=x onerror="window.hacked=1">'"</script><script>window.hacked=2</script>`;
    await using rig = await createAdminRig({ names: [attack, 'javascript:alert(1)', '{{window.hacked=3}}'] });
    rig.traffic.model = attack;
    await rig.traffic.send(Date.now());
    await rig.traffic.step(Date.now() + 3_600_000, 0, 0);
    const { page, complaints, close } = await open(browser, rig.url);
    await isLive(page);
    await page.locator('#decision-list button').click();
    await page.getByRole('dialog').locator('.matrix').waitFor();
    expect(await page.locator('.endpoints tbody').textContent()).toContain(attack);
    expect(await page.getByRole('dialog').textContent()).toContain(attack);
    expect(await page.evaluate(() => Reflect.get(globalThis, 'hacked'))).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  it('runs no script but its own', async () => {
    await using rig = await createAdminRig();
    const { page, complaints, close } = await open(browser, rig.url);
    await isLive(page);
    const thrown = await page.evaluate(() => {
      const scope = globalThis as unknown as { document: { createElement(tag: string): { innerHTML: string } } };
      try {
        scope.document.createElement('div').innerHTML = '<b>markup</b>';
        return '';
      } catch (error) {
        return String(error);
      }
    });
    expect(thrown).toContain('TrustedHTML');
    expect(complaints.join()).toContain('Trusted');
    await close();
  });

  it('says that it is stale when the connection is lost, and recovers', async () => {
    await using rig = await createAdminRig();
    const admin = createAdmin({ scheduler: rig.scheduler, streamIntervalMs: 100 });
    // It listens all the time, so that nobody else gets the port while the connection is lost.
    let isLost = false;
    const server = createServer((request, response) => {
      if (isLost) request.socket.destroy();
      else admin.handler(request, response);
    });
    const { page, close } = await open(browser, await listen(server, 0, '127.0.0.1'));
    await isLive(page);
    isLost = true;
    server.closeAllConnections();
    await page.waitForSelector('#state[data-state=stale]');
    await page.waitForSelector('body.stale');
    expect(await page.locator('.endpoints tbody tr').count()).toBe(3);
    isLost = false;
    await isLive(page);
    expect(await page.locator('body.stale').count()).toBe(0);
    await close();
    admin.close();
    await closeServer(server);
  });

  it('asks for the token, keeps it out of addresses, and takes it from the fragment', async () => {
    await using rig = await createAdminRig({ token: 'open-sesame' });
    const asked = await open(browser, rig.url);
    const input = asked.page.getByRole('textbox', { name: 'Admin token' });
    await input.fill('wrong');
    const wrong = (await input.elementHandle())!;
    await input.press('Enter');
    // Another dialog, which asks again. (The page forbids what a wait for a condition in it would need.)
    await wrong.waitForElementState('hidden');
    await input.fill('open-sesame');
    await input.press('Enter');
    await isLive(asked.page);
    const given = await open(browser, `${rig.url}/#token=open-sesame`);
    await isLive(given.page);
    expect(given.page.url()).not.toContain('sesame');
    for (const url of [...asked.requests, ...given.requests]) expect(new URL(url).search).toBe('');
    await asked.close();
    await given.close();
  });

  it('stays usable with hundreds of endpoints', async () => {
    await using rig = await createAdminRig({ size: 1, scraped: false, streamIntervalMs: 1_000 });
    const { port } = rig.fleet[0]!;
    rig.pool.setEndpoints(
      Array.from({ length: 500 }, (_, i) => ({
        name: `n${i}`,
        address: '127.0.0.1',
        port,
        labels: { zone: `z${i % 5}` },
      })),
    );
    const { page, close } = await open(browser, rig.url);
    await page.locator('.endpoints tbody tr').nth(499).waitFor();
    expect(await page.locator('#fleet span').count()).toBe(500);
    await page.getByLabel('Filter endpoints').fill('zone=z3');
    expect(await page.locator('.endpoints tbody tr').count()).toBe(100);
    await page.getByLabel('Filter endpoints').fill('nobody');
    await page.getByText('No endpoint matches').waitFor();
    await page.getByLabel('Filter endpoints').fill('');
    await page.locator('.endpoints thead button').first().click();
    expect(await page.locator('.endpoints tbody th').first().textContent()).toContain('n499');
    await close();
  });

  it('needs no sideways scrolling on a narrow screen', async () => {
    await using rig = await createAdminRig();
    await rig.traffic.send(Date.now());
    const { page, close } = await open(browser, `${rig.url}/#decision=default:1`, { width: 400, height: 800 });
    await page.getByRole('dialog').locator('.matrix').waitFor();
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBe(400);
    await close();
  });
});
