import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
