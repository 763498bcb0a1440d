import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { startCluster } from '../test/testbed/cluster/cluster.ts';

/**
 * `lockstep check` of the release, and `kubectl apply --dry-run=client`, on the same files in the same run, in seconds
 * of wall time. The aim is 1 ms a Secret or less; and a Secret of ten times the keys may take about ten times as long,
 * not a hundred.
 */
const FILES = 3_000;
const TOTAL = 200 * 1024 * 1024;
const KEYS = [1_000, 10_000] as const;

const lockstep = join(import.meta.dirname, '..', 'dist', 'lockstep.js');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-check-'));
await using cluster = await startCluster();
try {
  await many();
  for (const keys of KEYS) await wide(keys);
} finally {
  rmSync(folder, { recursive: true });
}

/** A Secret beside a large certificate bundle, as charts render them. */
async function many(): Promise<void> {
  const path = join(folder, 'many');
  mkdirSync(path);
  const bundle = `    ${'MIIBszCCAVmgAwIBAgIUe3xT2xLr9KcW4nB8sZdVq7m'.repeat(2)}\n`;
  const filler = bundle.repeat(Math.floor(TOTAL / FILES / bundle.length));
  for (let file = 0; file < FILES; file += 1) {
    const configMap = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ca-${file} }\ndata:\n  bundle: |\n${filler}`;
    writeFileSync(join(path, `${file}.yaml`), `${secret(`app-${file}`, file, 1)}---\n${configMap}`);
  }
  const ours = await seconds(process.execPath, [lockstep, 'check', path]);
  const theirs = await kubectlSeconds(path);
  const each = ((ours / FILES) * 1000).toFixed(2);
  print(`${FILES} manifests in ${TOTAL >> 20} MB`, ours, theirs, `${each} ms a Secret (aim 1)`);
}

async function wide(keys: number): Promise<void> {
  const path = join(folder, `wide-${keys}.yaml`);
  writeFileSync(path, secret('wide', 1, keys));
  const ours = await seconds(process.execPath, [lockstep, 'check', path]);
  print(`one Secret of ${keys} keys`, ours, await kubectlSeconds(path), '');
}

function secret(name: string, seed: number, keys: number): string {
  const lines = Array.from({ length: keys }, (_, key) => `  TOKEN_${key}: "${value(seed * 10_007 + key)}"`);
  return `apiVersion: v1\nkind: Secret\nmetadata: { name: ${name} }\nstringData:\n${lines.join('\n')}\n`;
}

/** Looks random, and is the same in each run: a multiplicative hash, eight hexadecimal digits at a time. */
function value(seed: number): string {
  return [2654435761, 2246822519, 3266489917, 668265263]
    .map((prime) => (Math.imul(seed + 1, prime) >>> 0).toString(16).padStart(8, '0'))
    .join('');
}

/** The dry run of a client still asks the API server what kinds there are, and what is stored. */
async function kubectlSeconds(path: string): Promise<number> {
  const start = performance.now();
  await cluster.kubectl(['apply', '--dry-run=client', '-f', path], { orThrow: true });
  return (performance.now() - start) / 1000;
}

function seconds(file: string, args: readonly string[]): Promise<number> {
  const start = performance.now();
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (piece) => {
    complaint = (complaint + piece).slice(-1000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - start) / 1000);
      else reject(new Error(`${file} ${args[0]}: ${code} ${complaint}`));
    });
  });
}

function print(what: string, ours: number, theirs: number, more: string): void {
  const ratio = `${ours.toFixed(2)} s against ${theirs.toFixed(2)} s for kubectl: ${(ours / theirs).toFixed(3)} times`;
  process.stdout.write(`${what.padEnd(28)} ${ratio}  ${more}\n`);
}
