import { open, readdir } from 'node:fs/promises';
import { endianness } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { ControlFile, DataDirectory } from '../../engine/login/init-db/data-directory.ts';
import { LockstepError, systemCode } from '../../errors/errors.ts';

/** The limit of a read. Each file of PostgreSQL's own is shorter. */
const MAX_BYTES = 16 * 1024;
/** The offset in pg_control, after the system identifier, the version of the file and the version of the catalog. */
const STATE_OFFSET = 16;
/** The limit of the search for databases. A server with more has run before. */
const MAX_DATABASES = 16;

/** Reads the facts for `stateOf`, and writes nothing. Throws DATA_DIR_UNREADABLE if this user has no right to read. */
export async function readDataDirectory(path: string): Promise<DataDirectory> {
  try {
    return await readAll(path);
  } catch (error) {
    throw new LockstepError('DATA_DIR_UNREADABLE', [path, systemCode(error)], error);
  }
}

async function readAll(path: string): Promise<DataDirectory> {
  const [entries, version, settings, control, databases, startedWith, others] = await Promise.all([
    listNames(path),
    readText(join(path, 'PG_VERSION')),
    readHead(join(path, 'postgresql.conf')),
    readHead(join(path, 'global', 'pg_control')),
    databasesIn(join(path, 'base')),
    readText(join(path, 'postmaster.opts')),
    otherDataDirectories(path),
  ]);
  return {
    entries,
    version,
    settings: settings?.length,
    control: control && controlFile(control),
    databases,
    startedWith,
    others,
  };
}

function controlFile(head: Buffer): ControlFile {
  if (head.length < STATE_OFFSET + 4) return { size: head.length, state: 0 };
  const state = endianness() === 'LE' ? head.readInt32LE(STATE_OFFSET) : head.readInt32BE(STATE_OFFSET);
  return { size: head.length, state };
}

async function databasesIn(base: string): Promise<number> {
  const folders = ((await listNames(base)) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .slice(0, MAX_DATABASES);
  const versions = await Promise.all(folders.map((name) => readText(join(base, name, 'PG_VERSION'))));
  return versions.filter((version) => version !== undefined && version !== '').length;
}

/**
 * Since version 18 the image keeps data in `/var/lib/postgresql/18/docker`. It refuses to initialise while these places
 * hold other data (docker_setup_env of its entry point). The image ignores an unreadable directory such as lost+found.
 */
async function otherDataDirectories(path: string): Promise<readonly string[]> {
  const major = dirname(path);
  if (basename(path) !== 'docker' || !/^\d+$/.test(basename(major))) return [];
  const root = dirname(major);
  const names = (await listNames(root).catch(() => [])) ?? [];
  const candidates = [root, join(root, 'data'), ...names.map((name) => join(root, name, 'docker'))];
  const versions = await Promise.all(
    candidates.map((candidate) => readText(join(candidate, 'PG_VERSION')).catch(() => undefined)),
  );
  return candidates.filter((candidate, at) => candidate !== path && (versions[at] ?? '') !== '');
}

async function listNames(folder: string): Promise<string[] | undefined> {
  return undefinedIfAbsent(readdir(folder));
}

async function readText(path: string): Promise<string | undefined> {
  return (await readHead(path))?.toString('latin1');
}

async function readHead(path: string): Promise<Buffer | undefined> {
  const file = await undefinedIfAbsent(open(path));
  if (file === undefined) return undefined;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function undefinedIfAbsent<Got>(operation: Promise<Got>): Promise<Got | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
