import type { Postgres } from '../../testbed/postgres/postgres.ts';
import type { Daemon } from '../../testbed/process/daemon.ts';
import { until } from '../../testbed/process/until.ts';
import type { Redis } from '../../testbed/redis/redis.ts';
import { loginIn, opensServer } from './deviations.ts';
import type { Team } from './team.ts';
import { conditionOf, isInStep, messageOf } from './world.ts';

/** How something ended that was disturbed. */
export interface FinalState {
  readonly kind: 'in step' | 'diverged';
  /** Status of the object of the login. */
  readonly sentence: string;
  /** False statements of the status, and lost values. */
  readonly misses: readonly string[];
}

/** A busy machine with eight changes at once needs more than a minute. */
const TIMEOUT_MS = 240_000;

/** Waits until a team is in sync, or a person must decide. Resolves with the state. */
export async function finalState(
  team: Team,
  server: Postgres | Redis,
  daemons: readonly Daemon[] = [],
): Promise<FinalState> {
  let isDiverged = false;
  const isOver = async (): Promise<boolean> => {
    const [record, credential] = [await team.record(), await team.credential()];
    const { change, changeRequest: wish, diverged } = record?.login ?? {};
    isDiverged = diverged !== undefined && conditionOf(credential, 'Synced') === 'False';
    return change === undefined && wish === undefined && (isDiverged || (await isInStep(team)));
  };
  // The API server may be what is disturbed.
  const isOverNow = () => isOver().catch(() => false);
  await until(`${team.place.namespace} to come to an end`, daemons, isOverNow, TIMEOUT_MS);
  const sentence = messageOf(await team.credential(), 'Synced') ?? '';
  const secret = await team.secret();
  const { url } = team.kind.keys;
  const { role, password } = loginIn(team, secret);
  const isRight = await opensServer(server, { role, password });
  if (!isDiverged)
    return {
      kind: 'in step',
      sentence,
      misses: [
        ...(isRight ? [] : ['it says that it is in step, and the Secret does not open the server']),
        ...(decodeURIComponent(new URL(secret[url] ?? '').password) === password
          ? []
          : [`${url} has another password`]),
      ],
    };
  return {
    kind: 'diverged',
    sentence,
    misses: [
      ...(isRight ? ['it says that it is not in step, and the Secret opens the server'] : []),
      ...(sentence === '' ? ['it does not say why'] : []),
    ],
  };
}
