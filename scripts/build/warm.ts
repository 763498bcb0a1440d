import { openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import type { Shell } from '../../src/commands/cli/shell.ts';
import { type Cache, codeCacheFile, loadProgram } from './program.ts';

/**
 * Runs what a pipeline or a pod runs again and again, and keeps what V8 has compiled for it. In a process of its own,
 * for one cache: `node scripts/build/warm.ts DIST CACHE`
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
const RUNS: Readonly<Record<Cache, readonly (readonly string[])[]>> = {
  command: [
    // Any file: its Secret follows on the standard input.
    ['check', join(root, 'manifests', 'policies', 'jwt-keys.yaml')],
    ['check', '-'],
    ['check', '-', '--format', 'json'],
    ['render', '-'],
    ['policy', 'validate', join(root, 'manifests', 'policies')],
  ],
  serve: [['serve', '--host', '127.0.0.1', '--port', '0', '--metrics-port', '0']],
};

const [dist = 'dist', cache] = process.argv.slice(2) as [string?, Cache?];
if (cache === undefined) throw new Error('name a cache');
const chunks = join(dist, 'chunks');
const { run, codeCaches } = loadProgram(chunks);
for (const args of RUNS[cache]) await run(args, shellOf());
for (const [file, bytes] of codeCaches()) writeFileSync(join(chunks, codeCacheFile(file, cache)), bytes);

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
    onUncaughtError: () => {},
  };
}
