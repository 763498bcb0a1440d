import { randomBytes } from 'node:crypto';
import type { Surroundings } from '../engine/decision.ts';

/** Of a command line: nobody writes, and lockstep runs where it does unless it was told otherwise. */
export const surroundings: Surroundings = {
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: 'lockstep-system',
  warnOnlyUsers: new Set(),
  strictest: 'Enforce',
};
