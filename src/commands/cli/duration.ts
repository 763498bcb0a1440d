import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `10m` or `1h`, as kubectl takes it, in milliseconds. */
export function milliseconds(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (size !== undefined) return Number(count) * size;
  throw new InvalidArgumentError('Write a number with s, m or h, e.g. 90s or 10m.');
}

/** How long one workload may take to become healthy, unless the command line says otherwise: as long as a Deployment has by itself. Milliseconds. */
export const ROLLOUT_TIMEOUT = 600_000;

/** What volumes take to follow: as the controller waits, unless it is told otherwise. engine/rotation/rotation.ts says why so long. Milliseconds. */
export const PROPAGATION = 120_000;
