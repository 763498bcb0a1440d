import { randomBytes } from 'node:crypto';
import type { EngineContext } from '../../engine/evaluation/decision.ts';
import type { Shell } from './shell.ts';

/** Of a command line: nobody writes, and lockstep runs where it does unless it was told otherwise. */
export const cliContext = ({ cpu }: Pick<Shell, 'cpu'>): EngineContext => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: 'lockstep-system',
  warnOnlyUsers: new Set(),
  maxAction: 'Enforce',
});
