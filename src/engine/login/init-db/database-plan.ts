import type { RoleFacts } from '../postgres/role-server.ts';
import { isPasswordCorrect, isRefused, type LoginResult } from '../result/login-result.ts';

/** The facts that an administrator sees about the requested database and its owner. */
export interface NewDatabaseFacts {
  /** The requested names. */
  readonly role: string;
  readonly database: string;
  /** The result of the login, which is tried before anything else. */
  readonly login: LoginResult;
  /** Undefined if the role does not exist. */
  readonly existingRole:
    | (Pick<RoleFacts, 'mayLogin' | 'isSuperuser' | 'validUntil'> & OwnedDatabases)
    | undefined;
  /** Undefined if the database does not exist. */
  readonly existingDatabase: DatabaseFacts | undefined;
}

export interface OwnedDatabases {
  /** The databases that the role owns. */
  readonly databases: readonly string[];
}

export interface DatabaseFacts {
  readonly owner: string;
  /**
   * The number of tables, views, sequences, functions and large objects, without those of PostgreSQL and of extensions.
   */
  readonly objects: number;
}

/** `--recreate`, and `--yes-delete-data=NAME` as its confirmation. */
export interface Recreation {
  readonly deleting: string | undefined;
}

export type NewDatabaseStep = 'make-role' | 'drop-database' | 'set-password' | 'make-database';

export type NewDatabasePlan =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'steps'; readonly steps: readonly NewDatabaseStep[] }
  /** The reason completes "…: ", and names the fix. */
  | { readonly kind: 'refused'; readonly why: string };

/**
 * The remaining steps, whatever was done before. Each step is one statement, so that a command can continue after a
 * crash. A wrong password is never replaced, because other users may need it. The exception is `--recreate`: it drops
 * the one database of the role first.
 */
export function planNewDatabase(
  facts: NewDatabaseFacts,
  recreation: Recreation | undefined,
  now: Date,
): NewDatabasePlan {
  const { role, database, login, existingRole, existingDatabase } = facts;
  // A login that works is no reason to delete anything. So a Job that runs again does not delete the database that it
  // created first.
  if (login.kind === 'ok') return { kind: 'nothing' };
  if (existingDatabase !== undefined && existingDatabase.owner !== role)
    return refused(
      `database ${database} belongs to role ${existingDatabase.owner}: choose another POSTGRES_DB, or, as its owner, take role ${role} in and keep it by a PostgresCredential`,
    );
  if (existingRole === undefined) return steps('make-role', 'make-database');
  if (!existingRole.mayLogin)
    return refused(`role ${role} may not log in: ALTER ROLE ${role} LOGIN, if it should`);
  if (isPasswordCorrect(login))
    return existingDatabase === undefined
      ? steps('make-database')
      : refused(
          `role ${role} may not connect to ${database}: GRANT CONNECT ON DATABASE ${database} TO ${role}`,
        );
  if (!isRefused(login))
    return refused(
      `it asks role ${role} for no password, so that nothing is proven of it: pg_hba.conf should ask for scram-sha-256`,
    );
  if (existingRole.validUntil !== undefined && existingRole.validUntil <= now)
    return refused(`the password of role ${role} has run out: ALTER ROLE ${role} VALID UNTIL 'infinity'`);
  return recreation === undefined ? refused(otherPassword(role)) : recreate(facts, existingRole, recreation);
}

const refused = (why: string): NewDatabasePlan => ({ kind: 'refused', why });
const steps = (...all: readonly NewDatabaseStep[]): NewDatabasePlan => ({ kind: 'steps', steps: all });

const otherPassword = (role: string): string =>
  `role ${role} is there, with another password, which is not changed here, because others may use it. With a PostgresCredential, lockstep rotate changes it in Secret and server together. To start over with a new database, give --recreate`;

/** The database is dropped first. After a crash, the next run finds a role that owns nothing. */
function recreate(
  { role, database, existingDatabase }: NewDatabaseFacts,
  stored: NonNullable<NewDatabaseFacts['existingRole']>,
  { deleting }: Recreation,
): NewDatabasePlan {
  if (stored.isSuperuser) return refused(`role ${role} is a superuser, which is not recreated`);
  const other = stored.databases.find((name) => name !== database);
  if (other !== undefined)
    return refused(`role ${role} owns the database ${other} as well, whose users need its password`);
  if (existingDatabase === undefined)
    return deleting === database
      ? steps('set-password', 'make-database')
      : refused(
          `role ${role} is there, with another password, and no database of it: to give it this one, give --recreate --yes-delete-data=${database}`,
        );
  if (existingDatabase.objects > 0 && deleting !== database)
    return refused(
      `database ${database} holds ${existingDatabase.objects} tables and other objects: to delete them for good, give --recreate --yes-delete-data=${database}`,
    );
  return steps('drop-database', 'set-password', 'make-database');
}
