import pg from 'pg';
import { aCanary } from '../canary/canary.ts';
import {
  administrator,
  app,
  type Conditions,
  denySecrets,
  id,
  labelled,
  policy,
  specOf,
  sql,
  syncs,
} from './planting.ts';

/** Conditions that concern each strategy in the same way. */
export const COMMON: Conditions = {
  'nothing else': undefined,
  'an immutable Secret': ({ patch, namespace }) => patch(app(namespace), { immutable: true }),
  'a Secret of CloudNativePG': labelled({ 'cnpg.io/cluster': 'pg' }),
  'a Secret of External Secrets': labelled({ 'reconcile.external-secrets.io/managed': 'true' }),
  'a Secret of Vault': labelled({ 'secrets.hashicorp.com/vso-ownerRefUID': 'u' }),
  'a Secret that CloudNativePG follows': labelled({ 'cnpg.io/reload': 'true' }),
  'an owner that is a controller': ({ patch, namespace }) =>
    patch(app(namespace), {
      metadata: {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Widget', name: 'w', uid: 'u', controller: true }],
      },
    }),
  'Argo CD holds the password': (at) =>
    syncs(at, 'argocd-controller', { 'argocd.argoproj.io/tracking-id': 'shop:/Secret:x/app' }),
  'Flux holds the password': (at) => syncs(at, 'kustomize-controller', {}),
  'Argo CD holds the Secret without the password': labelled(
    {},
    { 'argocd.argoproj.io/tracking-id': 'shop:/Secret:x/app' },
  ),
  'a policy that keeps the password': ({ world, namespace }) =>
    policy(world, namespace, { POSTGRES_PASSWORD: { sensitive: true, onChange: 'Keep' } }),
  'a policy that refuses the new password': ({ world, namespace }) =>
    policy(world, namespace, {
      POSTGRES_PASSWORD: { sensitive: true, maxLength: 40, format: 'uuid', action: 'Enforce' },
    }),
  'a policy with a longer password': ({ world, namespace }) =>
    policy(world, namespace, { POSTGRES_PASSWORD: { sensitive: true, minLength: 48 } }),
  'an admission policy that denies each update': ({ world, namespace }) => denySecrets(world, namespace),
  'no role of that name': sql(({ role }) => `ALTER ROLE ${id(role)} RENAME TO ${id(`${role}_gone`)}`),
  'a role with NOLOGIN': sql(({ role }) => `ALTER ROLE ${id(role)} NOLOGIN`),
  'a password that ran out': sql(({ role }) => `ALTER ROLE ${id(role)} VALID UNTIL '2020-01-01'`),
  'a password that runs out in a year': sql(({ role }) => `ALTER ROLE ${id(role)} VALID UNTIL '2099-01-01'`),
  'another password on the server': sql(({ role }) => `ALTER ROLE ${id(role)} PASSWORD 'of somebody else'`),
  'a hash of MD5': sql(
    ({ role, password }) =>
      `SET password_encryption = 'md5'; ALTER ROLE ${id(role)} PASSWORD ${pg.escapeLiteral(password)}`,
  ),
  'a limit of connections': sql(({ role }) => `ALTER ROLE ${id(role)} CONNECTION LIMIT 20`),
  'a limit of no connection': sql(({ role }) => `ALTER ROLE ${id(role)} CONNECTION LIMIT 0`),
  'a read-only role': sql(({ role }) => `ALTER ROLE ${id(role)} SET default_transaction_read_only = on`),
  'a superuser': sql(({ role }) => `ALTER ROLE ${id(role)} SUPERUSER`),
  'a role that creates databases': sql(({ role }) => `ALTER ROLE ${id(role)} CREATEDB`),
  'a search path': sql(({ role }) => `ALTER ROLE ${id(role)} SET search_path = 'x'`),
  'no password key': ({ patch, namespace }) => patch(app(namespace), { data: { POSTGRES_PASSWORD: null } }),
  'no user key': ({ patch, namespace }) => patch(app(namespace), { data: { POSTGRES_USER: null } }),
  'another host in the credential': specOf({ server: { host: '127.0.0.1', port: 1 } }),
  'a CA that is absent': specOf({ server: { tls: { mode: 'verify-ca', caSecretName: 'none' } } }),
  'TLS that the server lacks': specOf({ server: { tls: { mode: 'require' } } }),
  'a second credential for the Secret': ({ put }) =>
    put('credentials', {
      kind: 'PostgresCredential',
      metadata: { name: 'second' },
      spec: { secretName: 'app' },
    }),
  'a schedule': specOf({ rotation: { schedule: '0 3 1 1 *' } }),
  'no credential any more': ({ world, namespace }) =>
    world.cluster.mustRun(['-n', namespace, 'delete', 'pgcred', 'app']),
};

/** The administrator of two roles. */
export const ADMINISTRATORS: Conditions = {
  'no Secret of the administrator': ({ world, namespace }) =>
    world.cluster.mustRun(['-n', namespace, 'delete', 'secret', 'admin']),
  'a wrong password of the administrator': ({ patch, namespace }) =>
    patch(app(namespace, 'secrets/admin'), { stringData: { POSTGRES_PASSWORD: aCanary(24) } }),
  'an administrator without rights': (at) => administrator(at, ''),
  'an administrator that may create roles, and not this one': (at) => administrator(at, 'CREATEROLE'),
  'an administrator of this role': async (at) => {
    await administrator(at, 'CREATEROLE');
    await at.sql(`GRANT ${id(at.role)} TO ${id(`boss_${at.role}`)} WITH ADMIN OPTION`);
  },
  'an administrator that is the role itself': ({ patch, namespace, role, password }) =>
    patch(app(namespace, 'secrets/admin'), {
      stringData: { POSTGRES_USER: role, POSTGRES_PASSWORD: password },
    }),
  'a second role of somebody else': sql(({ role }) => `CREATE ROLE ${id(`${role}_alt`)} LOGIN`),
  'roles that are not allowed': specOf({ allowedRoles: ['somebody'] }),
  'roles that are allowed': async (at) => specOf({ allowedRoles: [at.role, `${at.role}_alt`] })(at),
};
