import { randomBytes } from 'node:crypto';
import type { EngineContext } from '../../engine/review/evaluation/decision.ts';
import type { Shell } from './shell.ts';

export const OWN_NAMESPACE = 'lockstep-system';

/** The context of a command line. It has no warn-only users, and assumes the default namespace of lockstep. */
export const cliContext = ({ cpu }: Pick<Shell, 'cpu'>): EngineContext => ({
  cpu,
  now: () => new Date(),
  random: (size) => randomBytes(size),
  ownNamespace: OWN_NAMESPACE,
  excludedNamespaces: new Set(),
  warnOnlyUsers: new Set(),
  maxAction: 'Enforce',
});
