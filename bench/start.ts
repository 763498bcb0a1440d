import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** Start to result on one small manifest, of the release files, against Node starting to do nothing: the aim is 2.5 times. */
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
  const runs = { empty: [empty], check: [lockstep, 'check', manifest] };
  const times = { empty: [] as number[], check: [] as number[] };
  // In turn, so that what else the machine does is the same for both.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of ['empty', 'check'] as const) times[name].push(timed(runs[name]));
  }
  report('fastest', Math.min(...times.empty), Math.min(...times.check));
  report('median', median(times.empty), median(times.check));
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
  const ratio = check / empty;
  const told = [empty, check].map((each) => `${each.toFixed(0)} ms`).join(' against ');
  process.stdout.write(`${what}: an empty start ${told} for check: ${ratio.toFixed(2)} times (aim ${AIM})\n`);
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
}
