import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Policy } from '../../engine/policy/policy.ts';
import type { PolicyFile } from './policy-files.ts';

/**
 * The built-in policies in the form that the build has compiled: to read and check their YAML takes longer than to
 * validate a Secret. They are used only if the policy files still have the same text.
 */
export function readCompiledPolicies(
  path: string,
  files: readonly PolicyFile[],
): readonly Policy[] | undefined {
  try {
    const { texts, policies } = deserialize(readFileSync(path)) as CompiledPoliciesFile;
    const isSameSource =
      texts.length === files.length && texts.every((text, index) => text === sourceText(files[index]));
    return isSameSource ? policies.map(withLazyKeys) : undefined;
  } catch {
    // The file is missing, as in a clone, or another release of Node wrote it.
    return undefined;
  }
}

export function writeCompiledPolicies(
  path: string,
  files: readonly PolicyFile[],
  policies: readonly Policy[],
): void {
  const compiled: CompiledPoliciesFile = {
    texts: files.map(sourceText),
    policies: policies.map((policy) => ({ ...policy, keys: serialize(policy.keys) })),
  };
  writeFileSync(path, serialize(compiled));
}

interface CompiledPoliciesFile {
  readonly texts: readonly string[];
  readonly policies: readonly CompiledPolicy[];
}

/** The keys are serialized apart: a run uses those of few policies. */
interface CompiledPolicy extends Omit<Policy, 'keys'> {
  readonly keys: Uint8Array;
}

/** Reads the keys of a policy when it has selected a Secret. */
function withLazyKeys({ keys: serialized, ...rest }: CompiledPolicy): Policy {
  let keys: Policy['keys'] | undefined;
  return {
    ...rest,
    get keys() {
      keys ??= deserialize(serialized) as Policy['keys'];
      return keys;
    },
  };
}

const sourceText = (file: PolicyFile | undefined): string =>
  file === undefined ? '' : `${basename(file.path)}\n${file.text}`;
