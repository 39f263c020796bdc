import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A Chromium of this machine: the one that `POINTSMAN_CHROMIUM` names, or one in a usual place. */
export const browserPath: string | undefined = [process.env.POINTSMAN_CHROMIUM, ...USUAL_PLACES].find(
  (path) => path !== undefined && existsSync(path),
);

export function launchBrowser(): Promise<Browser> {
  // Containers run tests as root, where the sandbox cannot work. The pages are the tests' own.
  return chromium.launch({ executablePath: browserPath!, args: ['--no-sandbox'] });
}
