import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Between two looks; the kernel itself remembers the most (VmHWM), so that none is missed but of the last moment.
 * Milliseconds.
 */
const POLL_INTERVAL_MS = 20;

export interface ProcessUsage {
  readonly exitCode: number;
  /** Of the first two mebibytes; the rest is read and thrown away. */
  readonly stdout: string;
  readonly seconds: number;
  /** User and system. Seconds. */
  readonly cpu: number;
  /** The most memory that it ever held. MiB. */
  readonly peak: number;
}

const KEPT_BYTES = 2 * 1024 * 1024;

/** Runs a program to its end. Linux alone tells what it held. */
export async function measureProcess(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProcessUsage> {
  const begin = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const pieces: Buffer[] = [];
  let kept = 0;
  child.stdout.on('data', (piece: Buffer) => {
    if (kept < KEPT_BYTES) pieces.push(piece);
    kept += piece.length;
  });
  let peak = 0;
  let cpu = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, memoryOf(child).peak);
    cpu = Math.max(cpu, cpuOf(child));
  }, POLL_INTERVAL_MS);
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    const stdout = Buffer.concat(pieces).subarray(0, KEPT_BYTES).toString('utf8');
    return { exitCode, stdout, seconds: (performance.now() - begin) / 1000, cpu, peak };
  } finally {
    clearInterval(look);
  }
}

export interface Memory {
  /** MiB. */
  readonly now: number;
  readonly peak: number;
}

/** Both 0 of a process that has ended. */
export function memoryOf({ pid }: Pick<ChildProcess, 'pid'>): Memory {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return { now: fieldOf(status, 'VmRSS'), peak: fieldOf(status, 'VmHWM') };
  } catch {
    return { now: 0, peak: 0 };
  }
}

const fieldOf = (status: string, name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024;

/** A tick of the kernel's clock, as it tells it. Seconds. */
const SECONDS_PER_TICK = 0.01;

/** User and system time so far, in seconds; 0 of a process that has ended. */
function cpuOf({ pid }: Pick<ChildProcess, 'pid'>): number {
  try {
    // The name before them may hold blanks.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * SECONDS_PER_TICK;
  } catch {
    return 0;
  }
}
