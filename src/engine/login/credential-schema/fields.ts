import * as z from 'zod';
import { duration } from '../../policy/schema/vocabulary.ts';
import { MAX_OBJECT_NAME_LENGTH, OBJECT_NAME_PATTERN } from '../../secret/kubernetes/name.ts';

/* The fields that each kind of credential has. Each kind adds its own in the file of its schema. */

export const secretName = z
  .string()
  .max(MAX_OBJECT_NAME_LENGTH)
  .regex(OBJECT_NAME_PATTERN, 'is no name that a Secret can have: use a-z, 0-9, "-" and "."');

export const ownSecretName = secretName.describe('The Secret that holds the login, in the same namespace.');

export const host = z
  .string()
  .max(MAX_OBJECT_NAME_LENGTH)
  .regex(
    /^([A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([-A-Za-z0-9_]*[A-Za-z0-9_])?)*\.?|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*)$/,
    'is no host: write one name or one address, without a port',
  )
  .optional();

export const port = z.int().min(1).max(65_535).optional();

export const caSecretName = secretName
  .optional()
  .describe(
    'A Secret in the same namespace whose ca.crt holds the CA, as PEM. Required with verify-ca, optional with verify-full. Absent: verify-full trusts the public CAs.',
  );

/** The times of password changes. */
export const rotationTimes = {
  schedule: z
    .string()
    .max(200)
    .regex(
      /^[-0-9A-Za-z*,/?#]+( [-0-9A-Za-z*,/?#]+){4}$/,
      'is not a cron schedule of five fields, e.g. "0 3 1 * *"',
    )
    .optional()
    .describe(
      'When the password is changed: a cron schedule of five fields, as in a CronJob, e.g. "0 3 1 * *". Missed times are made up for once. Absent: only on request, by an edit or `lockstep rotate`.',
    ),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'is not the name of a time zone: write e.g. Europe/Berlin')
    .optional()
    .describe('Time zone of the schedule, e.g. Europe/Berlin. Only together with schedule. Absent: UTC.'),
  window: duration
    .optional()
    .describe(
      'How long after its time a change may still begin: days, hours or minutes, e.g. 2h. A later change waits for the next time. Only together with schedule. Absent: it begins as soon as possible.',
    ),
};

export const consumers = z
  .strictObject({
    restart: z
      .boolean()
      .default(true)
      .describe(
        'Whether lockstep restarts the workloads that read the Secret after a change, one at a time. false: they must read the new value themselves. Absent: true.',
      ),
    timeout: duration
      .default('10m')
      .describe(
        'How long each workload may take to become ready with the new password: hours or minutes. After that, the change rolls back. Absent: 10m.',
      ),
  })
  .prefault({})
  .describe('The treatment of the workloads that read the Secret.');

export const history = z
  .int()
  .min(2)
  .max(20)
  .default(5)
  .describe('How many versions of the Secret are kept for a rollback. Absent: 5.');

/** Other metadata is ignored. */
const metadata = z.object({
  name: secretName,
  namespace: z.string().nullish(),
  uid: z.string().nullish(),
  generation: z.number().nullish(),
  creationTimestamp: z.string().nullish(),
});

export type CredentialMetadata = z.output<typeof metadata>;

export const credentialObject = <Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) =>
  z.strictObject({
    apiVersion: z.literal('lockstep.dev/v1alpha1'),
    kind: z.literal(kind),
    metadata,
    spec: spec.describe('Which Secret is a login on which server, and when its password is changed.'),
    /** Written by lockstep alone. Objects that were read from a cluster have it. */
    status: z.unknown().optional(),
  });
