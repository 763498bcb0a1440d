import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface CommandUsage {
  /** From start to end. */
  readonly ms: number;
  /** User and system time, to 10 ms. */
  readonly cpuMs: number;
}

/** Runs a command to its end. It must end with 0. */
export function runCommand(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): CommandUsage {
  const cpuBefore = childrenCpuMs();
  const start = performance.now();
  const { status, stderr } = spawnSync(file, args, {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ms = performance.now() - start;
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: ${status} ${stderr}`);
  return { ms, cpuMs: childrenCpuMs() - cpuBefore };
}

/** A tick of the kernel's clock. */
const MS_PER_TICK = 10;

/** The sum over all children that have ended, and over their children. Only Linux has it. */
function childrenCpuMs(): number {
  // The name before the fields may hold blanks.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[13]) + Number(fields[14])) * MS_PER_TICK;
}
