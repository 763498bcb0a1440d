/** The content of the directory that PGDATA names, before a server starts on it. */
export interface DataDirectory {
  /** The names of its entries. Undefined if the directory does not exist yet. The image creates it. */
  readonly entries: readonly string[] | undefined;
  /** The text of PG_VERSION. Undefined without this file. */
  readonly version: string | undefined;
  /** The size of postgresql.conf in bytes. Undefined without this file. */
  readonly settings: number | undefined;
  /** Undefined without global/pg_control. */
  readonly control: ControlFile | undefined;
  /** The number of databases: the directories of base/ with a PG_VERSION. */
  readonly databases: number;
  /** The text of postmaster.opts, which shows the last start of the server. Undefined if no server ever started. */
  readonly startedWith: string | undefined;
  /** Directories around it with data of PostgreSQL, at the places where the image looks. */
  readonly others: readonly string[];
}

/** global/pg_control (src/include/catalog/pg_control.h). */
export interface ControlFile {
  /** The size of the file in bytes. */
  readonly size: number;
  /** DBState: 1 is shut down. */
  readonly state: number;
}

export type DirectoryState =
  /** The first start creates a database here, with the password that it gets. */
  | { readonly kind: 'empty' }
  /** It has no data of PostgreSQL, but initdb refuses the entries of a mounted file system. */
  | { readonly kind: 'mount-point'; readonly found: string }
  /** A complete data directory, which contains the password of its creation. `major` is `15`, or `9.6`. */
  | { readonly kind: 'initialised'; readonly major: string }
  /** initdb did not complete. */
  | { readonly kind: 'half-initialised'; readonly lacks: string }
  /** initdb completed, but the image did not: the database, and the scripts of docker-entrypoint-initdb.d. */
  | { readonly kind: 'unfinished'; readonly major: string }
  /** Files of another program. */
  | { readonly kind: 'foreign'; readonly found: string }
  /** The directory is empty, and data of PostgreSQL is next to it. The image does not start then. */
  | { readonly kind: 'data-elsewhere'; readonly folders: readonly string[] };

/** The next start has no write-ahead log to recover. */
export const isShutDown = ({ control }: DataDirectory): boolean => control?.state === SHUT_DOWN;

/** The files of initdb and their order were observed with PostgreSQL 15 and 18, which were killed while initdb ran. */
export function stateOf(directory: DataDirectory): DirectoryState {
  const { entries = [], version = '' } = directory;
  const major = majorIn(version);
  if (major === undefined) return withoutVersion(directory, entries, version);
  const lacks = lackingIn(directory);
  if (lacks !== undefined) return { kind: 'half-initialised', lacks };
  // The image starts its server for the set-up without an address to listen on. A later start writes the file again.
  if (/"listen_addresses=(?:''|)"/.test(directory.startedWith ?? '')) return { kind: 'unfinished', major };
  return { kind: 'initialised', major };
}

/** `18\n`, and `9.6\n` before release 10. */
const majorIn = (version: string): string | undefined => /^(\d{1,3}(?:\.\d{1,3})?)\s*$/.exec(version)?.[1];

/** The image runs initdb if PG_VERSION is missing or empty. initdb refuses a directory that is not empty. */
function withoutVersion(
  { others }: DataDirectory,
  entries: readonly string[],
  version: string,
): DirectoryState {
  const theirs = entries.filter((name) => !isOfInitdb(name) && !isOfMount(name));
  if (version !== '') return { kind: 'foreign', found: 'PG_VERSION' };
  if (theirs[0] !== undefined) return { kind: 'foreign', found: theirs.toSorted()[0] ?? '' };
  if (entries.some(isOfInitdb)) return { kind: 'half-initialised', lacks: 'PG_VERSION' };
  if (entries[0] !== undefined) return { kind: 'mount-point', found: entries.toSorted()[0] ?? '' };
  return others.length > 0 ? { kind: 'data-elsewhere', folders: others } : { kind: 'empty' };
}

const isOfInitdb = (name: string): boolean => name === 'base' || name === 'global' || /^pg_\w+$/i.test(name);

/** Like pg_check_dir (src/port/pgcheckdir.c): a dot file, or the directory that mkfs.ext4 creates. */
const isOfMount = (name: string): boolean => name === 'lost+found' || name.startsWith('.');

/** initdb creates template1 first, then template0 and postgres from it. */
const DATABASES = 3;
/** PG_CONTROL_FILE_SIZE. */
const CONTROL_SIZE = 8192;
const SHUT_DOWN = 1;
/** The files of a copy of a running server. It was never started, and never shut down. */
const OF_A_BACKUP: readonly string[] = ['backup_label', 'recovery.signal', 'standby.signal', 'recovery.conf'];

function lackingIn(directory: DataDirectory): string | undefined {
  const { entries = [], control, databases, settings = 0, startedWith } = directory;
  for (const name of ['base', 'global', 'pg_wal']) {
    // Before release 10 the name is pg_xlog.
    if (!entries.includes(name) && !(name === 'pg_wal' && entries.includes('pg_xlog'))) return `${name}/`;
  }
  if (control === undefined || control.size < CONTROL_SIZE) return 'global/pg_control';
  if (startedWith !== undefined || OF_A_BACKUP.some((name) => entries.includes(name))) return undefined;
  if (settings === 0) return 'postgresql.conf';
  if (databases < DATABASES) return 'the database postgres';
  return control.state === SHUT_DOWN ? undefined : 'the end of initdb';
}
