import { pathToFileURL } from 'node:url';
import { mirrorFiles } from './mirror-files.ts';
import { collectPluginFiles } from './plugin-files.ts';

/** A module that brings plugins, as it was when it was loaded. */
export interface PluginModule {
  readonly exports: unknown;
  /** Absolute paths of the files it is made of. */
  readonly files: readonly string[];
}

/** Every version of every module, for the whole process, because Node.js never forgets a module either. */
const versions = new Map<string, Map<string, Promise<PluginModule>>>();

/**
 * Loads a module. One whose text has not changed since gives the very same objects again; one that has changed, in the
 * entry or in what it imports from its own package, is loaded anew.
 */
export async function loadPluginModule(entry: string): Promise<PluginModule> {
  const { files, hash } = await collectPluginFiles(entry);
  const known = versions.get(entry) ?? new Map<string, Promise<PluginModule>>();
  versions.set(entry, known);
  let version = known.get(hash);
  if (version === undefined) {
    // The first version is loaded from where it is: stack traces and relative files are as everybody expects.
    version = load(known.size === 0 ? entry : undefined, files);
    known.set(hash, version);
  }
  return version;
}

async function load(entry: string | undefined, files: readonly string[]): Promise<PluginModule> {
  const { href } = pathToFileURL(entry ?? (await mirrorFiles(files)));
  const exports: unknown = await import(/* @vite-ignore */ href);
  return { exports, files };
}
