import { join } from 'node:path';
import type { BuiltinOptions } from '../../manifest/policies/policies.ts';

/** scripts/build.ts writes it next to the bundle of this file. The source folder holds none. */
export const COMPILED_POLICIES_FILE = 'policies.bin';

/** The built-in policies of the installation at `root`, without those in `drop`. */
export const builtinPolicies = (root: string, drop: readonly string[]): BuiltinOptions => ({
  dir: join(root, 'manifests', 'policies'),
  drop,
  compiledAt: join(import.meta.dirname, COMPILED_POLICIES_FILE),
});
