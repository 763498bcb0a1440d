import * as z from 'zod';
import { duration, keyName } from '../../policy/schema/vocabulary.ts';
import { AUTH_METHODS } from '../../server/target.ts';

/**
 * The one source of what a PostgresCredential may say: the CRD and the reference page are generated from it. What a schema can't say (a schedule that
 * never comes, one Secret in two places) is in compile.ts. A field that is added later gets no default, as in policy/schema.ts.
 */
const secretName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'is no name that a Secret can have: use a-z, 0-9, "-" and "."',
  );

/** As PostgreSQL takes it: 63 bytes at most, which compile.ts counts. */
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
      "As libpq's sslmode. disable: in clear. prefer: encrypted where the server can. require: encrypted, whoever answers. verify-ca: by a certificate of the CA, which caSecretName has to name. verify-full: by a certificate that is made out to the host.",
    ),
  caSecretName: secretName
    .optional()
    .describe(
      'The Secret beside it whose ca.crt holds the CA, as PEM. Only with verify-ca, which needs it, and verify-full. Absent: verify-full trusts the public CAs.',
    ),
});

const server = z.strictObject({
  host: z
    .string()
    .max(253)
    .regex(
      /^([A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$/,
      'is no host: write one name or one address, without a port',
    )
    .optional()
    .describe(
      'Name or address of the server. A name without a dot is a Service in the same namespace. Not that of a pooler, which may remember passwords. Required with adminSecretName. Absent: what the Secret says under POSTGRES_HOST, else in its URL.',
    ),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      'Port of the server; only together with host. Absent: 5432 where host is given, else what the Secret says.',
    ),
  tls: tls
    .optional()
    .describe(
      'How the connection is protected. Absent: as the sslmode of the URL in the Secret says, and prefer where it says nothing; the login of adminSecretName goes by prefer at least.',
    ),
  auth: z
    .array(z.enum(AUTH_METHODS))
    .min(1)
    .max(AUTH_METHODS.length)
    .optional()
    .describe(
      "Which requests of the server for a password are answered, as in libpq's require_auth. scram-sha-256: at least 4096 iterations. scram-sha-256-plus: only if bound to the server's certificate. password: in clear, over verified TLS alone, and never for adminSecretName. Absent: scram-sha-256 for the login of adminSecretName; for that of the Secret any of them, until it has been proven by SCRAM once.",
    ),
});

const rotation = z.strictObject({
  strategy: z
    .enum(['SingleUser', 'AlternatingUsers'])
    .default('SingleUser')
    .describe(
      'SingleUser: the role gets another password, and logins fail for less than a second. AlternatingUsers: two roles take turns, and none fails; this takes adminSecretName. Absent: SingleUser.',
    ),
  schedule: z
    .string()
    .max(200)
    .regex(
      /^[-0-9A-Za-z*,/?#]+( [-0-9A-Za-z*,/?#]+){4}$/,
      'is not a cron schedule of five fields, e.g. "0 3 1 * *"',
    )
    .optional()
    .describe(
      'When the password is changed: a cron schedule of five fields, as in a CronJob, e.g. "0 3 1 * *". Times that were missed are made up for once. Absent: when it is asked for, by a person or `lockstep rotate`.',
    ),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'is not the name of a time zone: write e.g. Europe/Berlin')
    .optional()
    .describe('Time zone of the schedule, e.g. Europe/Berlin. Only together with schedule. Absent: UTC.'),
  window: duration
    .optional()
    .describe(
      'How long after its time a change may still begin: days, hours or minutes, as 2h. What was missed for longer waits for the next time. Only together with schedule. Absent: it begins as soon as it can.',
    ),
});

const consumers = z.strictObject({
  restart: z
    .boolean()
    .default(true)
    .describe(
      'The workloads that read the Secret are restarted after a change, one at a time. false: whoever reads it learns of it by itself. Absent: true.',
    ),
  timeout: duration
    .default('10m')
    .describe(
      'How long each of them may take to come up with the new password, until the change is taken back: hours or minutes. Absent: 10m.',
    ),
});

const spec = z.strictObject({
  secretName: secretName.describe('The Secret that holds the login, in the same namespace.'),
  keys: keys
    .prefault({})
    .describe('Under which keys of the Secret the login lies. Absent: under the usual ones.'),
  server: server.optional().describe('The server that the login is for. Absent: what the Secret says of it.'),
  adminSecretName: secretName
    .optional()
    .describe(
      'A Secret beside it with the login of a role that may alter this one: POSTGRES_USER and POSTGRES_PASSWORD, or username and password. It needs server.host: this login is never sent where the Secret says. Absent: the role changes its own password.',
    ),
  allowedRoles: z
    .array(roleName)
    .min(1)
    .max(16)
    .optional()
    .describe(
      'The roles that the login of adminSecretName may change, by their exact names; with AlternatingUsers the second login too, e.g. app and app_alt. Absent: the first role whose login succeeds, and the other one of its pair.',
    ),
  rotation: rotation
    .prefault({})
    .describe('How and when the password is changed. Absent: with SingleUser, when it is asked for.'),
  consumers: consumers.prefault({}).describe('What becomes of those who read the Secret.'),
  history: z
    .int()
    .min(2)
    .max(20)
    .default(5)
    .describe('How many versions of the Secret are kept, to go back to. Absent: 5.'),
});

export const postgresCredentialSchema = z.strictObject({
  apiVersion: z.literal('lockstep.dev/v1alpha1'),
  kind: z.literal('PostgresCredential'),
  /** What else is in it is not looked at. */
  metadata: z.object({
    name: secretName,
    namespace: z.string().nullish(),
    uid: z.string().nullish(),
    generation: z.number().nullish(),
    creationTimestamp: z.string().nullish(),
  }),
  spec: spec.describe('Which Secret is a login on which server, and when its password is changed.'),
  /** Written by lockstep alone; what was read from a cluster has it. */
  status: z.unknown().optional(),
});

export type PostgresCredentialDocument = z.output<typeof postgresCredentialSchema>;
export type PostgresCredentialSpec = PostgresCredentialDocument['spec'];
