import { execFileSync } from 'node:child_process';

/** Names of the running processes that have `dir` in their arguments, sorted. */
export function processesIn(dir: string): string[] {
  const lines = execFileSync('ps', ['-eo', 'comm=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => line.includes(dir))
    .map((line) => line.split(/\s/, 1)[0]!)
    .sort();
}
