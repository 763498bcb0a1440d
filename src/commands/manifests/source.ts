import { Buffer } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import type { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError } from '../../errors/errors.ts';
import type { ManifestSecret } from '../../manifest/object/manifest-secret.ts';
import type { ManifestFileContent, ManifestReadOptions } from '../../manifest/read/read.ts';
import type { Shell } from '../cli/shell.ts';

/** Reads one file after another, to hold only one in memory. */
export type ReadManifests = (
  paths: readonly string[],
  options: SourceReadOptions,
) => AsyncIterable<ManifestFileContent>;

type SourceReadOptions = Omit<ManifestReadOptions, 'stdin'>;

/** The same for a reader that does not know the source of standard input. */
type ManifestReader = (
  paths: readonly string[],
  options: ManifestReadOptions,
) => AsyncIterable<ManifestFileContent>;

export interface ManifestSource {
  readonly read: ReadManifests;
  /** The bytes of a file that `read` returned. */
  readonly bytesOf: (file: string) => Promise<Uint8Array>;
}

/** Manifests in which one Secret can be changed as text. */
export interface EditableManifests extends ManifestSource {
  readonly edit: (text: string, manifest: ManifestSecret, changes: ReadonlyMap<string, Sensitive>) => string;
}

export const STDIN = '-';

/** Reads the files of this machine and the standard input of this process. Standard input can be read only once. */
export function manifestSource(shell: Pick<Shell, 'stdin'>, read: ManifestReader): ManifestSource {
  let input: Promise<Uint8Array> | undefined;
  const readStdinOnce = (): Promise<Uint8Array> => {
    input ??= readAll(shell.stdin);
    return input;
  };
  return {
    read: (paths, options) => read(paths, { ...options, stdin: readStdinOnce }),
    bytesOf: (file) => (file === STDIN ? readStdinOnce() : readRegularFile(file)),
  };
}

/** `read` has emptied a pipe of the shell. Throws UNEDITABLE. */
async function readRegularFile(file: string): Promise<Uint8Array> {
  const stats = await stat(file);
  if (!stats.isFile())
    throw new LockstepError('UNEDITABLE', [file, 'is no regular file:', 'give a file, or - for a pipe']);
  // A file of the kernel has no size, and a read of one can wait for ever.
  return stats.size === 0 ? new Uint8Array() : readFile(file);
}

/** A stop for endless input. The reader refuses far less. */
const MAX_STDIN_BYTES = 256 * 1024 * 1024;

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_STDIN_BYTES) break;
  }
  return Buffer.concat(pieces);
}
