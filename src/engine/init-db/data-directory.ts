/** What lies in the folder that PGDATA names, before a server starts on it. */
export interface DataDirectory {
  /** Names of what is in it; undefined where there is no such folder yet: the image makes it. */
  readonly entries: readonly string[] | undefined;
  /** The text of PG_VERSION; undefined without one. */
  readonly version: string | undefined;
  /** Bytes of postgresql.conf; undefined without one. */
  readonly settings: number | undefined;
  /** Undefined without global/pg_control. */
  readonly control: ControlFile | undefined;
  /** How many folders of base/ hold a PG_VERSION: a database each. */
  readonly databases: number;
  /** The text of postmaster.opts: how the server was started last; undefined where none ever was. */
  readonly startedWith: string | undefined;
  /** Folders around it that hold data of PostgreSQL, where the image looks for such. */
  readonly others: readonly string[];
}

/** global/pg_control (src/include/catalog/pg_control.h). */
export interface ControlFile {
  /** Bytes of the file. */
  readonly size: number;
  /** DBState: 1 is shut down. */
  readonly state: number;
}

export type DirectoryState =
  /** The first start makes a database here, with the password it is given. */
  | { readonly kind: 'empty' }
  /** Nothing of PostgreSQL, and initdb refuses all the same: what it finds is that of a mounted file system. */
  | { readonly kind: 'mount-point'; readonly found: string }
  /** A whole data directory; the password that it was made with is in it. `major` is `15`, or `9.6`. */
  | { readonly kind: 'initialised'; readonly major: string }
  /** initdb did not get to its end. */
  | { readonly kind: 'half-initialised'; readonly lacks: string }
  /** initdb did, what the image does after it did not: the database, the scripts of docker-entrypoint-initdb.d. */
  | { readonly kind: 'unfinished'; readonly major: string }
  /** Files of somebody else. */
  | { readonly kind: 'foreign'; readonly found: string }
  /** Empty, and data of PostgreSQL lie beside it: the image does not start. */
  | { readonly kind: 'data-elsewhere'; readonly folders: readonly string[] };

/** Nothing is left to be recovered from its log when it starts. */
export const isShutDown = ({ control }: DataDirectory): boolean => control?.state === SHUT_DOWN;

/** What initdb makes, and in which order, was read off PostgreSQL 15 and 18 that were killed meanwhile. */
export function stateOf(directory: DataDirectory): DirectoryState {
  const { entries = [], version = '' } = directory;
  const major = majorIn(version);
  if (major === undefined) return withoutVersion(directory, entries, version);
  const lacks = lackingIn(directory);
  if (lacks !== undefined) return { kind: 'half-initialised', lacks };
  // The image starts its server for the set-up without an address to listen on, and a later start writes the file anew.
  if (/"listen_addresses=(?:''|)"/.test(directory.startedWith ?? '')) return { kind: 'unfinished', major };
  return { kind: 'initialised', major };
}

/** `18\n`; of releases before 10 `9.6\n`. */
const majorIn = (version: string): string | undefined => /^(\d{1,3}(?:\.\d{1,3})?)\s*$/.exec(version)?.[1];

/** The image runs initdb where PG_VERSION is missing or empty, and initdb refuses a folder that is not empty. */
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

/** As pg_check_dir (src/port/pgcheckdir.c) has it: a dot file, or what mkfs.ext4 makes. */
const isOfMount = (name: string): boolean => name === 'lost+found' || name.startsWith('.');

/** initdb makes template1 first, and template0 and postgres from it last. */
const DATABASES = 3;
/** PG_CONTROL_FILE_SIZE. */
const CONTROL_SIZE = 8192;
const SHUT_DOWN = 1;
/** A copy of a running server: it never has been started, and was not shut down. */
const OF_A_BACKUP: readonly string[] = ['backup_label', 'recovery.signal', 'standby.signal', 'recovery.conf'];

function lackingIn(directory: DataDirectory): string | undefined {
  const { entries = [], control, databases, settings = 0, startedWith } = directory;
  for (const name of ['base', 'global', 'pg_wal']) {
    // Of releases before 10 it is pg_xlog.
    if (!entries.includes(name) && !(name === 'pg_wal' && entries.includes('pg_xlog'))) return `${name}/`;
  }
  if (control === undefined || control.size < CONTROL_SIZE) return 'global/pg_control';
  if (startedWith !== undefined || OF_A_BACKUP.some((name) => entries.includes(name))) return undefined;
  if (settings === 0) return 'postgresql.conf';
  if (databases < DATABASES) return 'the database postgres';
  return control.state === SHUT_DOWN ? undefined : 'the end of initdb';
}
