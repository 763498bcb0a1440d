import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Policy } from '../../engine/policy/policy.ts';
import type { PolicyFile } from './policy-files.ts';

/**
 * The built-in policies as the build has compiled them: reading YAML and asking the schema takes longer than judging a Secret. They count only for the
 * very texts that they were made of, so that a changed file is never missed.
 */
export function readCompiledPolicies(
  path: string,
  files: readonly PolicyFile[],
): readonly Policy[] | undefined {
  try {
    const { texts, policies } = deserialize(readFileSync(path)) as CompiledPoliciesFile;
    const isSameSource =
      texts.length === files.length && texts.every((text, index) => text === sourceText(files[index]));
    return isSameSource ? policies : undefined;
  } catch {
    // There is none, as in a clone, or it is of another release of Node.
    return undefined;
  }
}

export function writeCompiledPolicies(
  path: string,
  files: readonly PolicyFile[],
  policies: readonly Policy[],
): void {
  const compiled: CompiledPoliciesFile = { texts: files.map(sourceText), policies };
  writeFileSync(path, serialize(compiled));
}

interface CompiledPoliciesFile {
  readonly texts: readonly string[];
  readonly policies: readonly Policy[];
}

const sourceText = (file: PolicyFile | undefined): string =>
  file === undefined ? '' : `${basename(file.path)}\n${file.text}`;
