import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { CODE_CACHE, loadProgram } from './program.ts';

/**
 * Runs what a pipeline runs again and again, and keeps what V8 has compiled for it. In a process of its own: `node
 * scripts/build/warm.ts DIST`
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
const RUNS = [
  ['check', '-'],
  ['check', '-', '--format', 'json'],
  ['render', '-'],
];

const dist = process.argv[2] ?? 'dist';
const chunks = join(dist, 'chunks');
const nowhere = { write: () => true, fd: -1 };
const { run, codeCache } = loadProgram(chunks, undefined);
for (const args of RUNS) {
  await run(args, {
    env: {},
    stdout: nowhere,
    stderr: nowhere,
    stdin: Readable.from([Buffer.from(MANIFEST)]),
    root: join(import.meta.dirname, '..', '..'),
    cpu: () => 0,
    onSignal: () => {},
  });
}
writeFileSync(join(chunks, CODE_CACHE), codeCache());
