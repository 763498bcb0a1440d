import { escapeIdentifier, escapeLiteral } from 'pg';
import { LoginFailure } from '../dial/login-failure.ts';
import type { NewDatabaseFacts, NewDatabaseStep } from '../engine/login/init-db/database-plan.ts';
import type { InitialLogin } from '../engine/login/init-db/initial-login.ts';
import { loginSentence } from '../engine/login/result/login-messages.ts';
import { administratorTarget } from '../engine/login/server/accepted-auth.ts';
import type { ServerTarget } from '../engine/login/server/target.ts';
import type { Credential } from '../engine/secret/record/credential.ts';
import type { Sensitive } from '../engine/secret/sensitive.ts';
import { LockstepError } from '../errors/errors.ts';
import { openClient } from './protocol/client.ts';
import type { ConnectOptions } from './protocol/connect.ts';
import { loginResultOf } from './protocol/login.ts';
import { scramVerifier } from './protocol/scram.ts';
import { roleFacts } from './roles/role-facts.ts';
import { requireRoleName, type Session, sessionOf } from './roles/session.ts';
import { passwordSettings, setPassword } from './roles/set-password.ts';
import { suppressLogging } from './roles/suppress-logging.ts';

/**
 * A connection of a role that may create roles and databases. Its functions reject with a LockstepError, POSTGRES_….
 */
export interface DatabaseServer extends AsyncDisposable {
  readonly inspect: (
    role: string,
    database: string,
  ) => Promise<Pick<NewDatabaseFacts, 'existingRole' | 'existingDatabase'>>;
  /** Each statement runs alone, because a database can't be created or dropped in a transaction. */
  readonly runStep: (step: NewDatabaseStep, login: InitialLogin) => Promise<void>;
}

export async function openDatabaseServer(
  target: ServerTarget,
  admin: Credential,
  { role, ...options }: ConnectOptions & { readonly role: string },
): Promise<DatabaseServer> {
  const { session, client } = await openSession(target, admin, options, [role]);
  return {
    inspect: async (role, database) => {
      const stored = await readRoleState(session, role);
      const owner = await databaseOwner(session, database);
      if (owner === undefined) return { existingRole: stored, existingDatabase: undefined };
      // Only a database that may be deleted is inspected.
      const objects = owner === role ? await countObjectsIn({ ...target, database }, admin, options) : 0;
      return { existingRole: stored, existingDatabase: { owner, objects } };
    },
    runStep: (step, { role, password, database }) => {
      switch (step) {
        case 'make-role':
          return makeRole(session, role, password);
        case 'set-password':
          return setPassword(session, 'admin', { role, password, mark: undefined });
        case 'drop-database':
          return dropDatabase(session, database, role);
        case 'make-database':
          return makeDatabase(session, database, role);
      }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function openSession(
  target: ServerTarget,
  admin: Credential,
  options: ConnectOptions,
  mayChange: readonly string[],
) {
  const { host, port, database } = target;
  try {
    const client = await openClient(administratorTarget(target), admin, options);
    return {
      client,
      session: sessionOf(client, {
        serverLabel: `${host}:${port}`,
        as: 'admin',
        timeout: options.timeout,
        mayChange,
      }),
    };
  } catch (error) {
    if (!(error instanceof LoginFailure)) throw error;
    const sentence = loginSentence(loginResultOf(error), { host, port, database, role: admin.role });
    throw new LockstepError('POSTGRES_LOGIN', [sentence]);
  }
}

async function countObjectsIn(
  target: ServerTarget,
  admin: Credential,
  options: ConnectOptions,
): Promise<number> {
  const { session, client } = await openSession(target, admin, options, []);
  await using _ = client;
  return await countObjects(session);
}

/** The part of the database and its roles that exists on this server. */
async function readRoleState(session: Session, role: string): Promise<NewDatabaseFacts['existingRole']> {
  const facts = await roleFacts(session, 'admin', role);
  if (facts === undefined) return undefined;
  const rows = await session.rows(
    `reading what role ${role} owns`,
    'SELECT datname::text AS name FROM pg_catalog.pg_database WHERE datdba = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1) ORDER BY 1',
    { name: 'text' },
    [role],
  );
  return { ...facts, databases: rows.map(({ name }) => name) };
}

/** Undefined if there is no such database. */
async function databaseOwner(session: Session, database: string): Promise<string | undefined> {
  const row = await session.row(
    `looking for database ${database}`,
    'SELECT pg_catalog.pg_get_userbyid(datdba)::text AS owner FROM pg_catalog.pg_database WHERE datname = $1',
    { owner: 'text' },
    [database],
  );
  return row?.owner;
}

/** The objects that users have created in the database of this session. */
async function countObjects(session: Session): Promise<number> {
  const row = await session.row('counting what it holds', OBJECTS_QUERY, { objects: 'int' });
  // If it is unknown, the database does not count as empty.
  return row?.objects ?? 1;
}

const countQuery = (catalog: string, prefix: string): string => `
  SELECT count(*) FROM pg_catalog.${catalog} o JOIN pg_catalog.pg_namespace n ON n.oid = o.${prefix}namespace
   WHERE n.nspname !~ '^(pg_|information_schema$)' AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
     WHERE d.classid = 'pg_catalog.${catalog}'::regclass AND d.objid = o.oid AND d.deptype = 'e')`;

const OBJECTS_QUERY = `SELECT least(9999, (${countQuery('pg_class', 'rel')} AND o.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')) +
  (${countQuery('pg_proc', 'pro')}) + (SELECT count(*) FROM pg_catalog.pg_largeobject_metadata))::int AS objects`;

/** Creates a role that may only log in. lockstep computes its verifier, and one statement creates the role with it. */
async function makeRole(session: Session, role: string, password: Sensitive): Promise<void> {
  const action = `making role ${role}`;
  const quoted = escapeIdentifier(requireRoleName(session.serverLabel, role));
  const { version, iterations } = await passwordSettings(session, action);
  const verifier = await scramVerifier(password, { iterations });
  await session.transact(action, async () => {
    await suppressLogging(session, action, version);
    await session.change(action, role, `CREATE ROLE ${quoted} LOGIN PASSWORD ${escapeLiteral(verifier)}`);
  });
}

async function makeDatabase(session: Session, database: string, owner: string): Promise<void> {
  const action = `making database ${database}`;
  const sql = `CREATE DATABASE ${escapeIdentifier(database)} OWNER ${escapeIdentifier(owner)}`;
  await withMembership(session, action, owner, () => session.change(action, owner, sql));
}

/** Drops the database for good. PostgreSQL refuses while a client is connected, and lockstep ends no session. */
async function dropDatabase(session: Session, database: string, owner: string): Promise<void> {
  const action = `deleting database ${database}`;
  await withMembership(session, action, owner, () =>
    session.change(action, owner, `DROP DATABASE ${escapeIdentifier(database)}`),
  );
}

/**
 * Only a member of a role can make it the owner of a database, unless it is a superuser. Since 16, CREATEROLE is not
 * enough.
 */
async function withMembership(
  session: Session,
  action: string,
  role: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const row = await session.row(
    action,
    `SELECT current_setting('server_version_num')::int AS version, pg_has_role($1, 'USAGE') AND CASE
      WHEN current_setting('server_version_num')::int < 160000 THEN true ELSE pg_has_role($1, 'SET') END AS may`,
    { version: 'int', may: 'bool' },
    [role],
  );
  if (row?.may === true) return void (await work());
  const quoted = escapeIdentifier(role);
  const since16 = (row?.version ?? 0) >= 160_000;
  await session.change(
    action,
    role,
    `GRANT ${quoted} TO CURRENT_USER${since16 ? ' WITH INHERIT TRUE, SET TRUE' : ''}`,
  );
  try {
    await work();
  } finally {
    await session.change(
      action,
      role,
      `REVOKE ${quoted} FROM CURRENT_USER${since16 ? ' GRANTED BY CURRENT_USER' : ''}`,
    );
  }
}
