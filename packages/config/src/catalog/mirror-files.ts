import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { copyFile, mkdir, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, parse, relative } from 'node:path';

let top: string | undefined;
let count = 0;

/**
 * Copies modules to a new place, under their whole path, so that importing them there gives a new module each: Node.js
 * never reads a module twice from one place. Links to the `node_modules` above them make other packages resolve to what
 * they were, the same instances included; `package.json` files come along because they say what kind of module it is.
 * @returns where the first file is now
 */
export async function mirrorFiles(files: readonly string[]): Promise<string> {
  top ??= makeTop();
  const root = join(top, String(++count));
  const mirrored = (path: string) => join(root, relative(parse(path).root, path));
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file); !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  for (const folder of folders) {
    const target = mirrored(folder);
    await mkdir(target, { recursive: true });
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) await copyFile(manifest, join(target, 'package.json'));
  }
  for (const folder of folders) await linkModules(folder, mirrored(folder), folders);
  for (const file of files) await copyFile(file, mirrored(file));
  return mirrored(files[0]!);
}

/** Makes visible what the modules of a folder find in `node_modules`, except for what is mirrored itself. */
async function linkModules(folder: string, target: string, mirrored: ReadonlySet<string>): Promise<void> {
  const isModules = basename(folder) === 'node_modules';
  const isScope = basename(dirname(folder)) === 'node_modules' && basename(folder).startsWith('@');
  const names = isModules || isScope ? await readdir(folder) : ['node_modules'];
  for (const name of names) {
    const source = join(folder, name);
    if (!mirrored.has(source) && existsSync(source)) await symlink(source, join(target, name), 'junction');
  }
}

function makeTop(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'pointsman-plugins-')));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
