import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Test } from 'tap';
import { findBinaries } from '../../testbed/binaries.ts';

/** The real SOPS, with an age key of its own, in the folder of a test. */
export interface Sops {
  /** The content of a file in Git whose values are encrypted. */
  encrypt(manifest: object): Promise<string>;
  /** As kustomize-controller decrypts it. */
  decrypt(file: string): Promise<string>;
  /** `sops unset`: the file without that field. */
  unset(file: string, field: string): Promise<string>;
}

export async function sopsOf(t: Test): Promise<Sops> {
  const { sops, 'age-keygen': ageKeygen } = findBinaries(['sops', 'age-keygen']);
  const folder = t.testdir();
  const key = join(folder, 'age.key');
  await execa(ageKeygen, ['-o', key]);
  const { stdout: recipient } = await execa(ageKeygen, ['-y', key]);
  const path = join(folder, 'secret.yaml');
  const run = async (content: string, ...args: string[]): Promise<string> => {
    writeFileSync(path, content);
    const env = { HOME: folder, SOPS_AGE_KEY_FILE: key };
    const { stdout } = await execa(sops, ['--disable-version-check', ...args], { env, extendEnv: false });
    return stdout;
  };
  return {
    encrypt: (manifest) =>
      run(
        JSON.stringify(manifest),
        'encrypt',
        '--age',
        recipient,
        '--encrypted-regex',
        '^(data|stringData)$',
        path,
      ),
    decrypt: (file) => run(file, 'decrypt', path),
    unset: async (file, field) => {
      await run(file, 'unset', path, field);
      return readFileSync(path, 'utf8');
    },
  };
}
