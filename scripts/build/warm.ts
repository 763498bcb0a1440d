import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import type { Shell } from '../../src/commands/cli/shell.ts';
import { limitHeap } from '../../src/commands/serve/heap.ts';
import { type CACHED_PROGRAMS, codeCacheFile, loadProgram } from './program.ts';

/**
 * Runs what a pipeline or a pod runs again and again, and keeps what V8 has compiled for it. In a process of its own,
 * for one program: `node scripts/build/warm.ts DIST PROGRAM`
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
type WarmProgram = (typeof CACHED_PROGRAMS)[number];

const root = join(import.meta.dirname, '..', '..');
const RUNS: Readonly<Record<WarmProgram, readonly (readonly string[])[]>> = {
  check: [
    // Any file: its Secret follows on the standard input.
    ['check', join(root, 'manifests', 'policies', 'jwt-keys.yaml')],
    ['check', '-'],
    ['check', '-', '--format', 'json'],
  ],
  program: [['render', '-']],
  serve: [['serve', '--host', '127.0.0.1', '--port', '0', '--metrics-port', '0']],
};

const [dist = 'dist', name] = process.argv.slice(2) as [string?, WarmProgram?];
if (name === undefined) throw new Error('name a program');
const chunks = join(dist, 'chunks');
// V8 takes a cache only with the options that it was made with.
if (name === 'serve') limitHeap();
const { run, codeCache } = loadProgram(chunks, name, undefined);
for (const args of RUNS[name]) await run(args, shellOf());
writeFileSync(join(chunks, codeCacheFile(name)), codeCache());

/** A server in it stops as soon as it has said that it serves. */
function shellOf(): Shell {
  let stop = (): void => {};
  return {
    env: {},
    nodeVersion: process.versions.node,
    stdout: { write: () => setImmediate(() => stop()), fd: -1 },
    stderr: { write: () => true, fd: openSync('/dev/null', 'w') },
    stdin: Readable.from([Buffer.from(MANIFEST)]),
    root,
    cpu: () => 0,
    onSignal: (listener) => {
      stop = listener;
    },
  };
}
