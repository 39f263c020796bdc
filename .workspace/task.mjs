// The way in for `npm run build|test|demo|bench|check`. It needs Node and npm only: it installs the workspace when that
// is due, and then hands over to the TypeScript file of the same name beside it.
import { spawn } from 'node:child_process';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const TASKS = ['build', 'test', 'demo', 'bench', 'check'];
const root = fileURLToPath(new URL('..', import.meta.url));
const installRecord = `${root}node_modules/.modules.yaml`;

const [task, ...args] = process.argv.slice(2);
if (!TASKS.includes(task)) {
  console.error(`Usage: node .workspace/task.mjs ${TASKS.join('|')} [arguments]`);
  process.exit(2);
}
process.chdir(root);

// npm passes a signal on to the shell between it and us, and that shell dies without a word.
const starter = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => process.ppid !== starter && process.emit('SIGTERM', 'SIGTERM'), 500).unref();
}

if (installIsDue()) await install();

const { register } = await import('tsx/esm/api');
register();
const { finish } = await import('./run.ts');
const { main } = await import(`./${task}.ts`);
process.exitCode = await finish(main(args));

function installIsDue() {
  try {
    return statSync(`${root}pnpm-lock.yaml`).mtimeMs > statSync(installRecord).mtimeMs;
  } catch {
    return true;
  }
}

/** Installs what the lockfile says, with the pnpm version that package.json names; shows its output only if it fails. */
async function install() {
  const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  console.error(`Installing dependencies with ${packageManager} ...`);
  const child = spawn(
    'npx',
    ['--yes', packageManager, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    },
  );
  let output = '';
  child.stdout.on('data', (text) => (output += text));
  child.stderr.on('data', (text) => (output += text));

  const passOn = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, passOn);
  const [code, signal] = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += `${error.message}\n`;
      resolve([1, null]);
    });
    child.on('close', (...result) => resolve(result));
  });
  for (const signal of signals) process.off(signal, passOn);

  if (code !== 0) {
    console.error(`${output}Installing the dependencies failed.`);
    process.exit(signal ? 128 + constants.signals[signal] : 1);
  }
  // pnpm leaves its record alone when there was nothing to do; a fresh date keeps the next run from asking again.
  const now = new Date();
  utimesSync(installRecord, now, now);
}
