import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { run } from '../../src/commands/program.ts';

/** Programs of one command each. */
const COMMANDS = ['check', 'serve', 'audit'] as const;
/** `program` is that of all other commands. */
export type ProgramName = (typeof COMMANDS)[number] | 'program';

/** Programs with a code cache. An audit runs rarely, and long. */
export const CACHED_PROGRAMS = ['program', 'check', 'serve'] as const satisfies readonly ProgramName[];

export const programOfCommand = (command: string | undefined): ProgramName =>
  COMMANDS.find((name) => name === command) ?? 'program';

/** The file in `chunks` with a program. It is one function. So no copy of its text is made at start. */
export const programFile = (name: ProgramName): string => `${name}.cjs`;
export const WRAPPER = { before: '(function(require,module,__dirname){', after: '})' };
/** What V8 has made of it. Not of another machine's kind, which V8 itself does not look at. */
export const codeCacheFile = (name: ProgramName): string =>
  `${name}.${process.version}-${process.platform}-${process.arch}.bin`;

export interface Program {
  readonly run: typeof run;
  /** The code cache of all functions that have run so far. */
  readonly codeCache: () => Buffer;
}

/**
 * Loads the program by hand and not by `import`. Then V8 accepts a code cache that was made after a run, and compiles no
 * function of `check`. V8 ignores the cache of another version of Node.
 */
export function loadProgram(chunks: string, name: ProgramName, cachedData: Buffer | undefined): Program {
  const path = join(chunks, programFile(name));
  // ASCII: one byte a character, also in memory.
  const source = readFileSync(path, 'latin1');
  const script = new Script(source, {
    filename: pathToFileURL(path).href,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const loaded: { exports: Pick<Program, 'run'> | undefined } = { exports: undefined };
  script.runInThisContext()(lazyRequire(path), loaded, chunks);
  if (loaded.exports === undefined) throw new Error(`${path} exports nothing`);
  return { run: loaded.exports.run, codeCache: () => script.createCachedData() };
}

/** Few runs need another file, and Node takes a millisecond to make this function. */
function lazyRequire(path: string): (id: string) => unknown {
  let required: NodeJS.Require | undefined;
  return (id) => {
    required ??= createRequire(path);
    return required(id);
  };
}
