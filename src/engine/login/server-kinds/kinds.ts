import type { LoginSystem } from '../../secret/record/login-record.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { LoginKeys } from '../credential-schema/stated-spec.ts';
import { POSTGRES } from './postgres.ts';
import { REDIS } from './redis.ts';
import type { ServerKind } from './server-kind.ts';

/** The kinds of servers whose passwords lockstep can change, by their name in the table of systems. */
const KINDS: Readonly<Record<string, ServerKind>> = { postgres: POSTGRES, redis: REDIS };

/** The systems of these kinds, as `LoginKeys` has them. */
export const LOGIN_SYSTEMS: readonly LoginSystem[] = [undefined, 'redis'];

type SystemOfLogin = Pick<LoginKeys, 'system'>;

/** Its URLs follow the login. */
export const systemOf = ({ system }: SystemOfLogin): string => system ?? 'postgres';

/** The ports on which these servers listen by default. The NetworkPolicy of the controller permits them. */
export const SERVER_PORTS: readonly number[] = LOGIN_SYSTEMS.flatMap((system) =>
  systemNamed(systemOf({ system })).ports.map(Number),
);

export const serverKindOf = (keys: SystemOfLogin): ServerKind => KINDS[systemOf(keys)] ?? POSTGRES;

/** The account of a login that names none. Undefined if each login names one. */
export const defaultAccountOf = (keys: SystemOfLogin): string | undefined => systemNamed(systemOf(keys)).user;
