import * as z from 'zod';
import { keyName } from '../../policy/schema/vocabulary.ts';
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

/* The one source of the fields of a RedisCredential, as postgres-schema.ts is for a PostgresCredential. */

const userName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[^\p{Cc} ]+$/u, 'is no name that a user can have');

const keys = z.strictObject({
  user: keyName
    .default('REDIS_USERNAME')
    .describe(
      'The key that holds the name of the user. A Secret without this key means the user `default`. Absent: REDIS_USERNAME.',
    ),
  password: keyName
    .default('REDIS_PASSWORD')
    .describe('The key that holds its password. Absent: REDIS_PASSWORD.'),
});

const tls = z.strictObject({
  mode: z
    .enum(['disable', 'require', 'verify-ca', 'verify-full'])
    .describe(
      'The encryption of the connection. disable: in clear. require: encrypted, without a check of the server. verify-ca: with a certificate of the CA that caSecretName names. verify-full: with a certificate for the host.',
    ),
  caSecretName,
});

const server = z.strictObject({
  host: host.describe(
    'Name or address of the server. A name without a dot is a Service in the same namespace. A proxy, Sentinel or Cluster is not allowed. Required with adminSecretName. Absent: the host in REDIS_HOST of the Secret, or in its URL.',
  ),
  port: port.describe(
    'Port of the server, only together with host. Absent: 6379 if host is given, or the port in the Secret.',
  ),
  tls: tls
    .optional()
    .describe(
      'How the connection is protected. Absent: verify-full if the URL in the Secret begins with rediss, or else in clear.',
    ),
});

const spec = z.strictObject({
  secretName: ownSecretName,
  keys: keys.prefault({}).describe('The keys of the Secret that hold the login. Absent: the usual ones.'),
  server: server.optional().describe('The server of the login. Absent: the server that the Secret names.'),
  adminSecretName: secretName
    .optional()
    .describe(
      'A Secret in the same namespace with the login of a user that may change this one. Its keys are REDIS_USERNAME and REDIS_PASSWORD, or username and password. It needs server.host: this login is never sent to a server that the Secret names. Absent: the user changes its own password.',
    ),
  allowedUsers: z
    .array(userName)
    .min(1)
    .max(16)
    .optional()
    .describe(
      'The users that the login of adminSecretName may change, by their exact names. Absent: the first user whose login succeeds.',
    ),
  rotation: z
    .strictObject(rotationTimes)
    .prefault({})
    .describe(
      'When the password is changed. The old and the new password are both valid until all workloads have the new one. Absent: only on request.',
    ),
  consumers,
  history,
});

export const redisCredentialSchema = credentialObject('RedisCredential', spec);

export type RedisCredentialSpec = z.output<typeof spec>;
