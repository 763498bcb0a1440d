import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../../config/variables.ts';
import { MAX_SECRET_BYTES } from '../../engine/secret/secret.ts';
import { Sensitive } from '../../engine/secret/sensitive.ts';
import { LockstepError, systemCode } from '../../errors/errors.ts';

/** A Secret with a login has fewer keys. A larger directory is not read to its end. */
const MAX_KEYS = 256;

/**
 * A Secret in a volume: one file for each key, without the kubelet's own `..data`. Throws BAD_OPTION if it can't be
 * read.
 */
export async function readMountedSecret(
  folder: string,
  flag: string,
): Promise<ReadonlyMap<string, Sensitive>> {
  try {
    const names = (await readdir(folder)).filter((name) => !name.startsWith('..')).slice(0, MAX_KEYS);
    const values = new Map<string, Sensitive>();
    for (const name of names) {
      const value = await readKeyFile(join(folder, name));
      if (value !== undefined) values.set(name, value);
    }
    return values;
  } catch (error) {
    throw new LockstepError('BAD_OPTION', [flag, `cannot read ${folder} (${systemCode(error)})`]);
  }
}

const NAMES = ['POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB'] as const;

/**
 * Reads variables as the official image does: directly, or from the file that NAME_FILE names. An empty variable counts
 * as missing. Throws BAD_OPTION.
 */
export async function readEnvironmentValues(env: Environment): Promise<ReadonlyMap<string, Sensitive>> {
  const values = new Map<string, Sensitive>();
  for (const name of NAMES) {
    const [text = '', file = ''] = [env[name], env[`${name}_FILE`]];
    if (text !== '' && file !== '')
      throw new LockstepError('BAD_OPTION', [
        name,
        `${name}_FILE is set as well, which the image refuses; set one`,
      ]);
    if (text !== '') values.set(name, Sensitive.fromText(text));
    else if (file !== '') values.set(name, await readValueFile(file, `${name}_FILE`));
  }
  return values;
}

async function readValueFile(path: string, variable: string): Promise<Sensitive> {
  try {
    const value = await readKeyFile(path);
    if (value !== undefined) return value;
  } catch (error) {
    throw new LockstepError('BAD_OPTION', [variable, `cannot read ${path} (${systemCode(error)})`]);
  }
  throw new LockstepError('BAD_OPTION', [variable, `${path} is no file of 1 MiB at most`]);
}

/** Undefined if the file can't be the key of a Secret. */
async function readKeyFile(path: string): Promise<Sensitive | undefined> {
  const about = await stat(path);
  if (!about.isFile() || about.size > MAX_SECRET_BYTES) return undefined;
  return Sensitive.fromBytes(await readFile(path));
}
