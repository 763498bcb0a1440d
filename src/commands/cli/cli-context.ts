import { randomBytes } from 'node:crypto';
import type { Surroundings } from '../../engine/evaluation/decision.ts';
import type { Shell } from './shell.ts';

/** Of a command line: nobody writes, and lockstep runs where it does unless it was told otherwise. */
export const surroundings = ({ cpu }: Pick<Shell, 'cpu'>): Surroundings => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: 'lockstep-system',
  warnOnlyUsers: new Set(),
  maxAction: 'Enforce',
});
