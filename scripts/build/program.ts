import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { run } from '../../src/commands/program.ts';

/** `program` is opened at each start, `rest` by the first use of one of its chunks. */
export type ProgramFile = 'program' | 'rest';
export const programFile = (file: ProgramFile): string => `${file}.cjs`;

/** The chunk of src/commands/program.ts. */
const ENTRY = './program.js';

/** V8 takes a code cache only with the options that it was made with, and `serve` limits its heap. */
export const CACHES = ['command', 'serve'] as const;
export type Cache = (typeof CACHES)[number];
export const cacheOf = (command: string | undefined): Cache => (command === 'serve' ? 'serve' : 'command');
/** Of the Node that made it. V8 itself does not look at the kind of machine. */
export const codeCacheFile = (file: ProgramFile, cache: Cache): string =>
  `${file}-${cache}.${process.version}-${process.platform}-${process.arch}.bin`;

export interface Program {
  readonly run: typeof run;
  /** The code caches of all functions that have run so far. */
  readonly codeCaches: () => ReadonlyMap<ProgramFile, Buffer>;
}

interface Module {
  exports: unknown;
}
type Chunk = (require: (id: string) => unknown, module: Module, exports: unknown, dirname: string) => unknown;
type ChunkTable = Readonly<Record<string, Chunk>>;

/**
 * Loads the program by hand and not by `import`. Then V8 accepts a code cache that was made after a run, and compiles no
 * function of `check`. V8 ignores the cache of another version of Node.
 */
export function loadProgram(chunks: string, cache?: Cache): Program {
  const scripts = new Map<ProgramFile, Script>();
  const open = (file: ProgramFile): ChunkTable => {
    const path = join(chunks, programFile(file));
    const cachedData = cache && codeCache(join(chunks, codeCacheFile(file, cache)));
    const script = new Script(readFileSync(path, 'latin1'), {
      filename: pathToFileURL(path).href,
      ...(cachedData === undefined ? {} : { cachedData }),
    });
    scripts.set(file, script);
    return script.runInThisContext();
  };
  const program = open('program');
  let rest: ChunkTable | undefined;
  const modules = new Map<string, Module>();
  const require = (id: string): unknown => {
    if (!id.startsWith('./')) return builtin(id);
    const name = id.slice(2);
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(name, module);
    if (program[name] === undefined) rest ??= open('rest');
    const chunk = program[name] ?? rest?.[name];
    if (chunk === undefined) throw new Error(`the release has no ${id}`);
    chunk(require, module, module.exports, chunks);
    return module.exports;
  };
  const { run } = require(ENTRY) as Pick<Program, 'run'>;
  return {
    run,
    codeCaches: () => new Map([...scripts].map(([file, script]) => [file, script.createCachedData()])),
  };
}

function codeCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Some libraries ask for a package that may be absent, and none is beside the program. */
function builtin(id: string): unknown {
  const module = process.getBuiltinModule(id);
  if (module === undefined) throw new Error(`the release has no ${id}`);
  return module;
}
