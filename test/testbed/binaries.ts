import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { compile } from './compile.ts';
import { withLock } from './lock.ts';
import { PROGRAMS, type Program, type ProgramName, pinnedVersion } from './modules.ts';

export type Binaries<Name extends ProgramName = ProgramName> = Readonly<Record<Name, string>>;

/**
 * Paths of the programs asked for: from `KUBEBUILDER_ASSETS` (the envtest convention) where it has them, else from the cache of this
 * machine, else built with Go into that cache.
 *
 * @throws Error, one sentence, where a program is in none of the three.
 */
export async function findBinaries<Name extends ProgramName>(
  names: readonly Name[],
  say: (line: string) => void = sayOnStderr,
): Promise<Binaries<Name>> {
  const missing = names.filter((name) => find(PROGRAMS[name]) === undefined);
  if (missing.length > 0) await buildInto(cacheFolder(), missing, say);
  return Object.fromEntries(names.map((name) => [name, find(PROGRAMS[name])])) as Binaries<Name>;
}

async function buildInto(
  cache: string,
  names: readonly ProgramName[],
  say: (line: string) => void,
): Promise<void> {
  let told = false;
  const onWait = (owner: number) => {
    if (!told) say(`waiting for process ${owner}, which is building the testbed`);
    told = true;
  };
  await withLock(join(cache, 'lock'), onWait, async () => {
    for (const name of names) {
      const program: Program = PROGRAMS[name];
      if (find(program) === undefined) await compile(program, cached(program), say);
    }
  });
}

function find(program: Program): string | undefined {
  const assets = process.env.KUBEBUILDER_ASSETS;
  const places = [...(assets ? [join(assets, program.name)] : []), cached(program)];
  return places.find(isExecutable);
}

/** Outside node_modules, which `npm ci` throws away. */
const cacheFolder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'testbed');

function cached(program: Program): string {
  const build = `${program.folder}-${pinnedVersion(program)}-${process.platform}-${process.arch}`;
  return join(cacheFolder(), build, program.name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function sayOnStderr(line: string): void {
  process.stderr.write(`testbed: ${line}\n`);
}
