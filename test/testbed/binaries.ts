import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { compile } from './compile.ts';
import { buildKey, DEBIAN, PROGRAMS, type Program, type ProgramName } from './modules.ts';
import { withLock } from './process/lock.ts';
import { unpackRedis } from './redis/unpack.ts';

export type Binaries<Name extends ProgramName = ProgramName> = Readonly<Record<Name, string>>;

/**
 * Paths of the programs asked for: from `KUBEBUILDER_ASSETS` (the envtest convention) where it has them, else from the cache of this
 * machine. Builds nothing: a test would wait for minutes, and time out.
 *
 * @throws Error, one sentence that names the command to run, where a program is in neither.
 */
export function findBinaries<Name extends ProgramName>(names: readonly Name[]): Binaries<Name> {
  const missing = missingOf(names);
  if (missing.length > 0) {
    const are = missing.length > 1 ? 'are' : 'is';
    throw new Error(`${missing.join(', ')} ${are} not built: run npm run testbed -- ${missing.join(' ')}`);
  }
  return Object.fromEntries(names.map((name) => [name, find(PROGRAMS[name])])) as Binaries<Name>;
}

/**
 * As `findBinaries`, and builds what is missing with Go, or unpacks it from Debian's packages, into the cache of this machine.
 *
 * @throws Error, one sentence, where there is no Go or a build fails.
 */
export async function buildBinaries<Name extends ProgramName>(
  names: readonly Name[],
  say: (line: string) => void = sayOnStderr,
): Promise<Binaries<Name>> {
  const missing = missingOf(names);
  if (missing.length > 0) await buildInto(cacheFolder(), missing, say);
  return findBinaries(names);
}

const missingOf = <Name extends ProgramName>(names: readonly Name[]): Name[] =>
  names.filter((name) => find(PROGRAMS[name]) === undefined);

async function buildInto(
  cache: string,
  names: readonly ProgramName[],
  say: (line: string) => void,
): Promise<void> {
  let reported = false;
  const onWait = (owner: number) => {
    if (!reported) say(`waiting for process ${owner}, which is building the testbed`);
    reported = true;
  };
  await withLock(join(cache, 'lock'), onWait, async () => {
    // Whoever held the lock may have built some of them.
    const programs = missingOf(names).map((name): Program => PROGRAMS[name]);
    const modules = Map.groupBy(programs, ({ folder }) => folder);
    for (const ofModule of modules.values()) {
      const folder = dirname(cached(ofModule[0]!));
      if (ofModule[0]!.package === DEBIAN) await unpackRedis(folder, say);
      else await compile(ofModule, folder, say);
    }
  });
}

function find(program: Program): string | undefined {
  // That folder has one version, and a run that names a version must get this version.
  const assets = process.env.TESTBED_KUBERNETES ? undefined : process.env.KUBEBUILDER_ASSETS;
  const places = [...(assets ? [join(assets, program.name)] : []), cached(program)];
  return places.find(isExecutable);
}

/** Outside node_modules, which `npm ci` throws away. */
const cacheFolder = () =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'testbed');

function cached(program: Program): string {
  const build = `${buildKey(program)}-${process.platform}-${process.arch}`;
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
