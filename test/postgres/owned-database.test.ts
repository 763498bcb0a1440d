import t from 'tap';
import { Sensitive } from '../../src/engine/secret/sensitive.ts';
import { canLogIn, onEachMajor, rolesOn } from '../helpers/postgres/role-servers.ts';

/**
 * Functions and operators with the names that lockstep's queries use. The owner of a database can put them before those
 * of PostgreSQL.
 */
const TRAP = `
  CREATE SCHEMA trap AUTHORIZATION app;
  SET ROLE app;
  CREATE FUNCTION trap.spring() RETURNS void LANGUAGE plpgsql AS
    $$BEGIN IF current_user <> 'app' THEN EXECUTE 'ALTER ROLE app CREATEDB'; END IF; EXCEPTION WHEN OTHERS THEN RETURN; END$$;
  CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE plpgsql AS
    $$BEGIN PERFORM trap.spring(); RETURN pg_catalog.current_setting($1); END$$;
  CREATE FUNCTION trap.has_column_privilege(text, text, text) RETURNS bool LANGUAGE plpgsql AS
    $$BEGIN PERFORM trap.spring(); RETURN pg_catalog.has_column_privilege($1, $2, $3); END$$;
  CREATE FUNCTION trap.hashtext(text) RETURNS int LANGUAGE plpgsql AS
    $$BEGIN PERFORM trap.spring(); RETURN pg_catalog.hashtext($1); END$$;
  CREATE FUNCTION trap.same(name, text) RETURNS bool LANGUAGE plpgsql AS
    $$BEGIN PERFORM trap.spring(); RETURN $1::text OPERATOR(pg_catalog.=) $2; END$$;
  CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = text, FUNCTION = trap.same);
  RESET ROLE`;

onEachMajor(t, {}, (on) => {
  on('runs no code of the database owner with the rights of the administrator', async (t, server) => {
    await server.sql(`CREATE ROLE app LOGIN PASSWORD 'old'`);
    await server.sql('CREATE DATABASE shop OWNER app');
    await server.sql(TRAP, { database: 'shop' });
    await server.sql('ALTER DATABASE shop SET search_path = trap, pg_catalog');
    const roles = await rolesOn(t, server, { database: 'shop' });
    await roles.facts();
    await roles.role('app');
    await roles.setPassword('app', Sensitive.fromText('new'), 'm');
    await roles.makeAlternate('app', 'app_alt', { oid: undefined, mark: 'made-1' });
    await roles.matchPassword('app', [Sensitive.fromText('new')]);
    await roles.removeMark('app');
    const [row] = await server.sql(`SELECT rolcreatedb AS made FROM pg_roles WHERE rolname = 'app'`);
    t.equal(row?.made, false);
    t.ok(await canLogIn(server, 'app', 'new'));
  });
});
