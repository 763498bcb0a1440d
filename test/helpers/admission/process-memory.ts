import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Resident memory of a process in MiB, as the kernel counts it against the limit of a pod. `peak` is the most since the
 * last `forgetPeak`.
 */
export function residentMemory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { now: mebibytes(status, 'VmRSS'), peak: mebibytes(status, 'VmHWM') };
}

/** proc(5): writing 5 sets the peak to what is resident now. */
export function resetPeakMemory(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function mebibytes(status: string, field: string): number {
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  if (kibibytes === undefined) throw new Error(`${field} is not told: has the process ended?`);
  return Math.round(Number(kibibytes) / 1024);
}
