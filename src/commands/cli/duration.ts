import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };
const MAX_COUNT = 999_999;

/** Parses `90s`, `10m` or `1h`, as kubectl does, into milliseconds. */
export function milliseconds(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (size !== undefined) return Number(count) * size;
  const nearest = nearestDuration(text);
  const suggestion = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  throw new InvalidArgumentError(`Write a number with s, m or h, e.g. 90s or 10m.${suggestion}`);
}

function nearestDuration(text: string): string | undefined {
  const [, digits = '', word = ''] = /^(\d+)\s*([a-z]*)$/i.exec(text) ?? [];
  if (digits === '') return undefined;
  if (/^(ms|millis)/i.test(word)) return nearestDuration(`${Math.ceil(Number(digits) / 1000)}s`);
  if (/^d/i.test(word)) return nearestDuration(`${Number(digits) * 24}h`);
  const unit = word === '' ? 's' : word.slice(0, 1).toLowerCase();
  return UNITS[unit] === undefined ? undefined : `${Math.min(Math.max(Number(digits), 1), MAX_COUNT)}${unit}`;
}

/**
 * The default time in which one workload must become healthy, in milliseconds. It equals the default of a Deployment.
 */
export const ROLLOUT_TIMEOUT = 600_000;

/**
 * The default time until volumes show a change, in milliseconds. It equals the controller's default.
 * engine/versions/key-rotation/rotation.ts gives the reason for the length.
 */
export const PROPAGATION = 120_000;
