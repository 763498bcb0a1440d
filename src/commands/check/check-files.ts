import { readManifests } from '../../manifest/read/read.ts';
import type { Shell } from '../cli/shell.ts';
import type { TryLogin } from '../login-attempts/attempts.ts';
import { manifestSource } from '../manifests/source.ts';
import { type CheckOptions, check } from './check.ts';

/** `check` of the files of this machine and of standard input. */
export const checkFiles = (
  paths: readonly string[],
  options: CheckOptions,
  shell: Shell,
  tryLogin?: TryLogin,
): Promise<number> => check(paths, options, manifestSource(shell, readManifests).read, shell, tryLogin);
