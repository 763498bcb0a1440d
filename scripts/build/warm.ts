import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import type { Shell } from '../../src/commands/cli/shell.ts';
import { CODE_CACHE_FILE, loadProgram } from './program.ts';

/**
 * Runs what a pipeline runs again and again, and keeps what V8 has compiled for it. In a process of its own:
 * `node scripts/build/warm.ts DIST`
 */
const MANIFEST = `apiVersion: v1
kind: Secret
metadata: { name: reconciliation-secrets, namespace: shop }
stringData:
  POSTGRES_USER: shop
  POSTGRES_PASSWORD: f6n4edn8sxSTYnj3iSOKOhfD
  POSTGRES_DB: shop
  JWT_SECRET: CHANGE_ME
  DATABASE_URL: postgresql://shop:before@postgres-service:5432/shop
`;

const root = join(import.meta.dirname, '..', '..');
const RUNS: readonly (readonly string[])[] = [
  // Any file: its Secret follows on the standard input.
  ['check', join(root, 'manifests', 'policies', 'jwt-keys.yaml')],
  ['check', '-'],
  ['check', '-', '--format', 'json'],
  ['render', '-'],
];

const [dist = 'dist'] = process.argv.slice(2);
const program = loadProgram(dist);
const { run } = program.require('./program.js') as typeof import('../../src/commands/program.ts');
for (const args of RUNS) await run(args, aShell());
writeFileSync(join(dist, CODE_CACHE_FILE), program.codeCache());

function aShell(): Shell {
  return {
    env: {},
    nodeVersion: process.versions.node,
    startedAs: '',
    stdout: { write: () => true, fd: -1 },
    stderr: { write: () => true, fd: -1 },
    stdin: Readable.from([Buffer.from(MANIFEST)]),
    root,
    cpu: () => 0,
    onSignal: () => {},
    onUncaughtError: () => {},
  };
}
