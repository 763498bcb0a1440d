import type { Strategy } from '../../login/credential-schema/compile.ts';
import type { Secret } from '../../secret/secret.ts';
import type { ReadAs, Reading } from '../../workloads/references/reading.ts';
import { previewRollout } from '../../workloads/rollout/preview.ts';
import type { SourceReader } from '../uses/use-index.ts';
import type { Obstacle } from './readiness.ts';

/** A Secret that a change of the password writes: that of the login, or an agreed copy. */
export interface WrittenSecret {
  readonly secret: Pick<Secret, 'name' | 'immutable' | 'annotations'>;
  readonly keys: { readonly user: string; readonly password: string };
  /** The keys that get another value. */
  readonly changing: readonly string[];
  /** The controller may restart its consumers. */
  readonly restarts: boolean;
  /** Undefined without a PostgresCredential. */
  readonly strategy: Strategy | undefined;
}

/** The objects around the consumers. */
export interface Surroundings {
  /** The workload runs PostgreSQL itself. Its image reads the password only for a new database. */
  readonly isServer: (reader: Pick<SourceReader, 'namespace' | 'kind' | 'name'>) => boolean;
  /** Undefined if it is not known. */
  readonly hasReloader: boolean | undefined;
  /** The name of a quota that admits no further pod in the namespace. */
  readonly fullQuota: (namespace: string) => string | undefined;
}

export interface ConsumerForecast {
  readonly obstacles: readonly Obstacle[];
  readonly unknown: readonly string[];
}

/** The ways in which a container gets a value. */
const READ_BY_CONTAINERS: ReadonlySet<ReadAs> = new Set([
  'env',
  'envFrom',
  'volume',
  'projected volume',
  'subPath',
  'volume driver',
]);

/** The logins of consumers that a change would break, and the consumers that would not come up again. */
export function consumerForecast(
  readers: readonly SourceReader[],
  written: WrittenSecret,
  around: Surroundings,
): ConsumerForecast {
  const users = readers.flatMap((reader) => {
    const readings = reader.readings.filter((reading) => isConcerned(reading, written));
    return readings.length === 0 ? [] : { ...reader, readings };
  });
  const clients = users.filter((user) => !around.isServer(user));
  const all = clients.map((user) => forecastOf(user, written, around));
  return {
    obstacles: [
      ...users.filter(around.isServer).flatMap((server) => serverObstacle(server, written)),
      ...singleUserObstacle(clients, written),
      ...all.flatMap(({ obstacles }) => obstacles),
    ],
    unknown: all.flatMap(({ unknown }) => unknown),
  };
}

const isConcerned = ({ as, key }: Reading, { changing }: WrittenSecret): boolean =>
  READ_BY_CONTAINERS.has(as) && (key === undefined || changing.includes(key));

/** The length of a list that a person reads. */
const MAX_NAMES = 5;

/** The server has the new password first, and the consumers get it when they restart. */
function singleUserObstacle(
  users: readonly SourceReader[],
  { strategy }: WrittenSecret,
): readonly Obstacle[] {
  if (strategy !== 'SingleUser' || users.length === 0) return [];
  const rest = users.length - MAX_NAMES;
  const names = [...users.slice(0, MAX_NAMES).map(idOf), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
  const reason = `with SingleUser, new logins of ${names} fail until they have the new password; with AlternatingUsers none fails`;
  return [{ code: 'strategy', effect: 'logins-fail', reason }];
}

const idOf = ({ kind, name }: SourceReader): string => `${kind}/${name}`;

function serverObstacle(
  { workload, ...server }: SourceReader,
  { secret, restarts, changing }: WrittenSecret,
): readonly Obstacle[] {
  if (workload === undefined) return [];
  const preview = previewRollout({ secret, restarts, keys: changing }, [workload]);
  return preview.restarts.length + preview.reloads.length === 0
    ? []
    : [
        loginsFail(
          `${server.kind}/${server.name} runs the server itself, and the change restarts it: set lockstep.dev/restart=false on it`,
        ),
      ];
}

const NOTHING: ConsumerForecast = { obstacles: [], unknown: [] };

function forecastOf(user: SourceReader, written: WrittenSecret, around: Surroundings): ConsumerForecast {
  const withoutUser = withoutUserObstacle(user, written);
  const restart = restartForecast(user, written, around);
  return { ...restart, obstacles: [...withoutUser, ...restart.obstacles] };
}

/** With two roles, the user changes too. A URL holds both. */
function withoutUserObstacle(user: SourceReader, { keys, strategy }: WrittenSecret): readonly Obstacle[] {
  const reads = (key: string): boolean =>
    user.readings.some((one) => one.key === undefined || one.key === key);
  return strategy === 'AlternatingUsers' && reads(keys.password) && !reads(keys.user)
    ? [loginsFail(`${idOf(user)} reads the password and not the user, so it can't follow the second role`)]
    : [];
}

function restartForecast(
  user: SourceReader,
  { secret, restarts, changing }: WrittenSecret,
  around: Surroundings,
): ConsumerForecast {
  const { workload, readings } = user;
  const id = idOf(user);
  const needsRestart = readings.some((one) => one.needsRestart);
  if (workload === undefined)
    return needsRestart ? obstacle(`lockstep does not restart ${id}, so it keeps the old password`) : NOTHING;
  const { progress } = workload;
  const preview = previewRollout({ secret, restarts, keys: changing }, [workload]);
  const [stale] = preview.stale;
  if (stale !== undefined) return obstacle(`${id} keeps the old password: ${stale.reason}`);
  if (progress.kind === 'held' && needsRestart)
    return obstacle(`${id} keeps the old password: it ${progress.reason}`);
  if (preview.restarts.length + preview.reloads.length === 0) return NOTHING;
  if (progress.kind === 'underway' || progress.kind === 'failed') {
    const why = progress.kind === 'failed' ? progress.reason : progress.why;
    return rollsBack(
      `${id} is not healthy now (${why}), and a change is rolled back if it does not become healthy`,
    );
  }
  const quota = workload.kind === 'Deployment' ? around.fullQuota(workload.namespace) : undefined;
  if (quota !== undefined)
    return rollsBack(`ResourceQuota ${quota} admits no further pod, which a restart of ${id} needs`);
  if (preview.reloads.length === 0 || around.hasReloader === true) return NOTHING;
  return around.hasReloader === false
    ? rollsBack(`Reloader must restart ${id}, and none runs in the cluster`)
    : { obstacles: [], unknown: [`Reloader must restart ${id}, and whether it runs was not read`] };
}

const obstacle = (reason: string): ConsumerForecast => ({ obstacles: [loginsFail(reason)], unknown: [] });

const rollsBack = (reason: string): ConsumerForecast => ({
  obstacles: [{ code: 'consumer', effect: 'rolls-back', reason }],
  unknown: [],
});

const loginsFail = (reason: string): Obstacle => ({ code: 'consumer', effect: 'logins-fail', reason });
