import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/**
 * Start to result on one small manifest, of the release files, against Node starting to do nothing: the aim is 2.5
 * times. By the very Node that built them; another one has to compile what it runs.
 */
const ROUNDS = 40;
const AIM = 2.5;

const MANIFEST = `apiVersion: v1
kind: Secret
metadata: { name: app, namespace: shop }
stringData:
  POSTGRES_USER: shop
  POSTGRES_PASSWORD: f6n4edn8sxSTYnj3iSOKOhfD
  POSTGRES_DB: shop
`;

const lockstep = join(import.meta.dirname, '..', 'dist', 'lockstep.js');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-start-'));
try {
  const empty = join(folder, 'empty.mjs');
  const manifest = join(folder, 'app.yaml');
  writeFileSync(empty, '');
  writeFileSync(manifest, MANIFEST);
  const check = [lockstep, 'check', manifest];
  const times = { empty: [] as number[], check: [] as number[] };
  // In turn, so that what else the machine does is the same for all.
  for (let round = 0; round < ROUNDS; round += 1) {
    times.empty.push(timed([empty]));
    times.check.push(timed(check));
  }
  for (const [what, of] of [
    ['fastest', (all: readonly number[]) => Math.min(...all)],
    ['median', median],
  ] as const) {
    report(what, of(times.empty), of(times.check));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Milliseconds. */
function timed(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: {}, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')}: ${status} ${stderr}`);
  return performance.now() - start;
}

function report(what: string, empty: number, check: number): void {
  const ratio = (check / empty).toFixed(2);
  process.stdout.write(
    `${what}: an empty start ${empty.toFixed(0)} ms; check ${check.toFixed(0)} ms, ${ratio} times (aim ${AIM})\n`,
  );
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
