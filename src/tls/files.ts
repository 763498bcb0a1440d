import { Buffer } from 'node:buffer';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_SECRET_BYTES } from '../engine/secret/secret.ts';
import { Sensitive } from '../engine/secret/sensitive.ts';
import { LockstepError, systemCode } from '../errors/errors.ts';
import { readLimited } from '../read-limited.ts';
import { replaceFile } from '../replace-file.ts';
import { parseBundle } from './bundle.ts';
import type { ServingFiles, ServingLabels } from './serving.ts';

/** The file names of a Secret of type kubernetes.io/tls, which cert-manager writes too. */
export function servingPaths(folder: string): ServingLabels {
  return { cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key'), ca: join(folder, 'ca.crt') };
}

/** Undefined if the folder has none of them, or does not exist. `ca.crt` may be absent. */
export async function readServingFiles(folder: string): Promise<ServingFiles | undefined> {
  const paths = servingPaths(folder);
  const [cert, key, ca] = await Promise.all([
    readIfExists(paths.cert),
    readIfExists(paths.key),
    readIfExists(paths.ca),
  ]);
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined) throw new LockstepError('CERTIFICATE_INCOMPLETE', [folder, 'tls.crt']);
  if (key === undefined) throw new LockstepError('CERTIFICATE_INCOMPLETE', [folder, 'tls.key']);
  return { cert: cert.toString(), key: Sensitive.fromBytes(key), ca: ca?.toString() ?? '' };
}

/** Writes the key first, so that a reader who finds tls.crt finds the rest. */
export async function writeServingFiles(folder: string, files: ServingFiles): Promise<void> {
  const paths = servingPaths(folder);
  try {
    await mkdir(folder, { recursive: true });
    await replaceFile(paths.key, Buffer.from(files.key.reveal(), 'base64'), 0o600);
    await replaceFile(paths.ca, files.ca, 0o644);
    await replaceFile(paths.cert, files.cert, 0o644);
  } catch (cause) {
    throw new LockstepError('CERTIFICATE_UNWRITABLE', [folder, systemCode(cause)], cause);
  }
}

/** A file of CA certificates. Throws if it does not exist, or holds none. */
export async function readCaFile(path: string): Promise<string> {
  const pem = await readIfExists(path);
  if (pem === undefined) throw new LockstepError('CERTIFICATE_UNREADABLE', [path, 'ENOENT']);
  const text = pem.toString('utf8');
  try {
    parseBundle(text);
  } catch (cause) {
    throw new LockstepError('CERTIFICATE_MALFORMED', [path, systemCode(cause)], cause);
  }
  return text;
}

/** A file of a mounted Secret is no larger. */
async function readIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return await readLimited(path, MAX_SECRET_BYTES);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new LockstepError('CERTIFICATE_UNREADABLE', [path, code], cause);
  }
}
