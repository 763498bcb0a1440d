import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';

/** A table of the chunks of each start. The others are files of this folder. */
export const PROGRAM_FILE = 'program.cjs';
export const CHUNK_FOLDER = 'chunks';

/** The code cache of `program` for the Node that made it. V8 itself does not look at the kind of machine. */
export const CODE_CACHE_FILE = `program.${process.version}-${process.platform}-${process.arch}.bin`;

/**
 * The program opens them at their first use: their tables take a third of the time of `check`, which seldom needs them.
 * Each is a chunk of its own.
 */
export const LAZY_PACKAGES = ['re2js', '@marcbachmann/cel-js', '@mongodb-js/saslprep'] as const;
const LAZY = new Set<string>([...LAZY_PACKAGES, 'node:child_process', 'node:crypto', 'node:fs/promises']);
export const chunkOf = (name: string): string => `${basename(name)}.js`;

export interface Program {
  readonly require: (id: string) => unknown;
  /** The code of all functions that have run so far. */
  readonly codeCache: () => Buffer;
}

interface Module {
  exports: unknown;
}
type Chunk = (require: (id: string) => unknown, module: Module, exports: unknown, dirname: string) => unknown;
type ChunkTable = Readonly<Record<string, Chunk>>;

/** Loads the program by hand and not by `import`, so that V8 accepts a code cache that was made after a run. */
export function loadProgram(dist: string): Program {
  const programScript = scriptOf(join(dist, PROGRAM_FILE), codeCache(join(dist, CODE_CACHE_FILE)));
  const program: ChunkTable = programScript.runInThisContext();
  const modules = new Map<string, Module>();

  function load(name: string): unknown {
    const known = modules.get(name);
    if (known !== undefined) return known.exports;
    const module: Module = { exports: {} };
    modules.set(name, module);
    const chunk: Chunk = program[name] ?? scriptOf(join(dist, CHUNK_FOLDER, name)).runInThisContext();
    chunk(require, module, module.exports, dist);
    return module.exports;
  }

  function require(id: string): unknown {
    const open = (): unknown => (id.startsWith('node:') ? builtin(id) : load(chunkOf(id)));
    if (LAZY.has(id)) return atFirstUse(open as () => object);
    return id.startsWith('./') ? load(id.slice(2)) : builtin(id);
  }

  return { require, codeCache: () => programScript.createCachedData() };
}

function scriptOf(path: string, cachedData?: Buffer): Script {
  return new Script(readFileSync(path, 'latin1'), {
    filename: pathToFileURL(path).href,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
}

function codeCache(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Some libraries ask for a package that may be absent, and none is next to the program. */
function builtin(id: string): unknown {
  const module = process.getBuiltinModule(id);
  if (module === undefined) throw new Error(`the release has no ${id}`);
  return module;
}

/** The members of a module, which is opened by the first use of one. */
function atFirstUse(open: () => object): object {
  let opened: object | undefined;
  return new Proxy(
    {},
    {
      get(_target, member) {
        opened ??= open();
        return Reflect.get(opened, member);
      },
    },
  );
}
