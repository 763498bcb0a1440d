import * as z from 'zod';
import { keyName } from '../../policy/schema/vocabulary.ts';
import { AUTH_METHODS } from '../server/target.ts';
import {
  caSecretName,
  consumers,
  credentialObject,
  history,
  host,
  ownSecretName,
  port,
  rotationTimes,
  secretName,
} from './fields.ts';

/*
 * The one source of the fields of a PostgresCredential. The CRD and the reference page are generated from it. Rules
 * that a schema can't express are in consistency.ts, such as a schedule that never fires. A field that is added later
 * gets no default, as in policy/schema.ts.
 */

const roleName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[^\p{Cc}]+$/u, 'is no name that a role can have');

const keys = z.strictObject({
  user: keyName
    .default('POSTGRES_USER')
    .describe('The key that holds the name of the role. Absent: POSTGRES_USER.'),
  password: keyName
    .default('POSTGRES_PASSWORD')
    .describe('The key that holds its password. Absent: POSTGRES_PASSWORD.'),
  database: keyName
    .default('POSTGRES_DB')
    .describe('The key that holds the name of the database. Absent: POSTGRES_DB.'),
});

const tls = z.strictObject({
  mode: z
    .enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])
    .describe(
      'The sslmode of libpq. disable: in clear. prefer: encrypted if the server can. require: encrypted, without a check of the server. verify-ca: with a certificate of the CA that caSecretName names. verify-full: with a certificate for the host.',
    ),
  caSecretName,
});

const server = z.strictObject({
  host: host.describe(
    'Name or address of the server. A name without a dot is a Service in the same namespace. A pooler is not allowed, because it may cache passwords. Required with adminSecretName. Absent: the host in POSTGRES_HOST of the Secret, or in its URL.',
  ),
  port: port.describe(
    'Port of the server, only together with host. Absent: 5432 if host is given, or the port in the Secret.',
  ),
  tls: tls
    .optional()
    .describe(
      'How the connection is protected. Absent: the sslmode of the URL in the Secret, or prefer. The login of adminSecretName uses at least prefer.',
    ),
  auth: z
    .array(z.enum(AUTH_METHODS))
    .min(1)
    .max(AUTH_METHODS.length)
    .optional()
    .describe(
      "The allowed authentication methods, as in libpq's require_auth. scram-sha-256: at least 4096 iterations. scram-sha-256-plus: only with channel binding. password: in clear, only over verified TLS, and never for adminSecretName. Absent: scram-sha-256 for the login of adminSecretName. The login of the Secret may use any method until it has used SCRAM once.",
    ),
});

const rotation = z.strictObject({
  strategy: z
    .enum(['SingleUser', 'AlternatingUsers'])
    .default('SingleUser')
    .describe(
      'SingleUser: the role gets another password, and logins fail for less than a second. AlternatingUsers: two roles alternate, and no login fails. It requires adminSecretName. Absent: SingleUser.',
    ),
  ...rotationTimes,
});

const copy = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is no name that a namespace can have')
    .optional()
    .describe('The namespace of the copy. Absent: that of the PostgresCredential.'),
  secretName: secretName.describe('The Secret that holds the same login.'),
  keys: z
    .strictObject({
      user: keyName.optional().describe('The key that holds the name of the role.'),
      password: keyName.optional().describe('The key that holds its password.'),
      database: keyName
        .optional()
        .describe('The key that holds the name of the database. lockstep never writes it.'),
    })
    .optional()
    .describe('The keys of the copy that hold the login. Absent: the keys of the PostgresCredential.'),
});

const spec = z.strictObject({
  secretName: ownSecretName,
  keys: keys.prefault({}).describe('The keys of the Secret that hold the login. Absent: the usual ones.'),
  server: server.optional().describe('The server of the login. Absent: the server that the Secret names.'),
  adminSecretName: secretName
    .optional()
    .describe(
      'A Secret in the same namespace with the login of a role that may alter this one. Its keys are POSTGRES_USER and POSTGRES_PASSWORD, or username and password. It needs server.host: this login is never sent to a server that the Secret names. Absent: the role changes its own password.',
    ),
  allowedRoles: z
    .array(roleName)
    .min(1)
    .max(16)
    .optional()
    .describe(
      'The roles that the login of adminSecretName may change, by their exact names. With AlternatingUsers, name the second login too, e.g. app and app_alt. Absent: the first role whose login succeeds, and the other one of its pair.',
    ),
  rotation: rotation
    .prefault({})
    .describe('How and when the password is changed. Absent: with SingleUser, only on request.'),
  consumers,
  history,
  copies: z
    .array(copy)
    .max(64)
    .optional()
    .describe(
      'Other Secrets with the same login. A password change writes them together with the Secret, and restarts their consumers. Each must agree with the annotation `lockstep.dev/copy-of: NAMESPACE/NAME`, which names this Secret. An edit of the login in a copy is undone. Absent: none.',
    ),
});

export const postgresCredentialSchema = credentialObject('PostgresCredential', spec);

export type PostgresCredentialSpec = z.output<typeof spec>;
