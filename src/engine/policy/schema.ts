import * as z from 'zod';
import { globs, keyName, keyNames, labelSelector, listOf, mapOf, plainText, value } from './vocabulary.ts';

/**
 * The one source of what a SecretPolicy may say: the CRD and the reference page are generated from it, descriptions and bounds included. The
 * bounds are far above what a policy needs; they keep what the API server must reckon with, and what a compile may take, small. What a schema can't
 * say (a cycle, an unknown base key) is in consistency.ts.
 *
 * A field that is added later gets no default: the API server would show it in every policy, and pods of the version before, which still run while
 * an upgrade is under way, would refuse a field that they do not know.
 */
const action = z.enum(['Enforce', 'Warn', 'Audit']);

/** Of fields that are there for what is not built yet. */
const LATER = 'Read and checked, and without effect in this version.';

const match = z.strictObject({
  names: globs(/^[-a-z0-9.*?]+$/, 'the name of a Secret: a-z, 0-9, "-" and "."')
    .optional()
    .describe(
      'Globs of Secret names, one of which fits. * is any run of characters, ? any one. Absent: every name.',
    ),
  namespaces: globs(/^[-a-z0-9*?]+$/, 'the name of a namespace: a-z, 0-9 and "-"', 63)
    .optional()
    .describe(
      'Globs of namespaces, one of which fits. Absent: every namespace but those that lockstep never touches.',
    ),
  namespaceSelector: labelSelector
    .optional()
    .describe(
      'Labels of the namespace that the Secret is in. All requirements must hold. Absent: whatever its labels.',
    ),
  labelSelector: labelSelector
    .optional()
    .describe('Labels of the Secret. All requirements must hold. Absent: whatever its labels.'),
  types: globs(/^[!-~]+$/, 'the type of a Secret, e.g. Opaque or kubernetes.io/basic-auth')
    .optional()
    .describe(
      'Globs of Secret types, one of which fits, e.g. Opaque. Absent: every type but those that lockstep never touches.',
    ),
  hasKeys: keyNames
    .optional()
    .describe('The Secret holds all of these keys, spelled like this. Absent: whatever it holds.'),
  hasAnyKey: keyNames
    .optional()
    .describe('The Secret holds at least one of these keys, spelled like this. Absent: whatever it holds.'),
});

const derive = z.strictObject({
  template: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'Text with ${KEY}, and ${KEY:-default} for where the Secret lacks KEY. A KEY without a default must be under keys. In a URL each value is percent-encoded as its place demands.',
    ),
  free: listOf(z.enum(['user', 'password', 'host', 'port', 'database']), 5)
    .optional()
    .describe(
      'Parts of the URL that the team chooses, whatever the base keys say. Absent: every part whose base key the Secret holds must follow it.',
    ),
  mode: z
    .enum(['Bound', 'Exact'])
    .default('Bound')
    .describe(
      "Bound: of a URL only those parts are corrected whose base keys the Secret holds; scheme and parameters are the team's. Exact: the value always equals the template. A template that is no URL is always exact. Absent: Bound.",
    ),
  addWith: keyNames
    .optional()
    .describe(
      'An absent key is added only where the Secret holds all of these keys, spelled like this. Absent: it is added wherever its base keys are held.',
    ),
});

const generate = z.union(
  [
    z.strictObject({
      length: z
        .int()
        .min(8)
        .max(1024)
        .describe(
          'How many letters and digits: 22 or more are as good as a 128-bit key. Not together with bytes.',
        ),
    }),
    z.strictObject({
      bytes: z
        .int()
        .min(8)
        .max(1024)
        .describe(
          'How many random bytes; the value is longer, as encoding makes it. Not together with length.',
        ),
      encoding: z
        .enum(['base64', 'base64url', 'hex'])
        .default('base64url')
        .describe('How the bytes are written. base64url where it is absent; only together with bytes.'),
    }),
  ],
  { error: 'is neither letters nor bytes: write { length: 32 }, or { bytes: 48, encoding: base64url }' },
);

const rotate = z.strictObject({
  schedule: z
    .string()
    .max(200)
    .regex(
      /^[-0-9A-Za-z*,/?#]+( [-0-9A-Za-z*,/?#]+){4}$/,
      'is not a cron schedule of five fields, e.g. "0 4 1 */6 *"',
    )
    .describe(
      'When a new value is made: a cron schedule of five fields, as in a CronJob, e.g. "0 4 1 */6 *".',
    ),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'is not the name of a time zone: write e.g. Europe/Berlin')
    .optional()
    .describe('Time zone of the schedule, e.g. Europe/Berlin. Absent: UTC.'),
  keep: keyName
    .optional()
    .describe(
      'The key that holds the previous value after a rotation, so that consumers may accept both. Absent: it is not kept.',
    ),
});

const key = z.strictObject({
  required: z
    .boolean()
    .default(false)
    .describe(
      'The key must be there, and not be empty. A derived key that is required and can be derived is added. Absent: it may be missing.',
    ),
  requiredWith: keyNames
    .optional()
    .describe(
      'Required where the Secret holds all of these keys, spelled like this. Absent: required alone decides.',
    ),
  sensitive: z
    .boolean()
    .default(false)
    .describe(
      'The value must be a real secret: the placeholder, strength and reuse rules apply, and a value that was there may not be emptied. Absent: those rules are not asked.',
    ),
  minLength: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('The least number of characters. Absent: any, but a sensitive value must not be weak.'),
  distinctFrom: keyNames
    .optional()
    .describe(
      'Keys whose value this one must not share; each is under keys. Absent: the reuse rule for sensitive keys alone.',
    ),
  format: z
    .enum(['uri', 'port', 'integer', 'boolean', 'hostname', 'uuid', 'json', 'pem'])
    .optional()
    .describe(
      'The form that a value must have. An empty value of a key that is not required passes. Absent: any form.',
    ),
  schemes: listOf(
    z.string().regex(/^[A-Za-z][A-Za-z0-9+.-]{0,63}$/, 'is no URL scheme: write e.g. redis, without "://"'),
    32,
  )
    .optional()
    .describe('The URL schemes that format: uri allows, without "://", e.g. redis. Absent: any scheme.'),
  aliases: keyNames
    .optional()
    .describe(
      'Other spellings of this key. The one that the Secret holds is meant, in rules and templates alike, and messages name it. A spelling can mean one key only.',
    ),
  default: value
    .optional()
    .describe(
      'Fills the key of a new Secret in `lockstep generate`; never added at admission. Everyone who may read policies can read it: no secrets here.',
    ),
  generate: generate
    .optional()
    .describe(
      'How a value is made: { length: 32 } or { bytes: 48, encoding: base64url }. It is made by `lockstep generate`, and at CREATE of a Secret with the annotation lockstep.dev/generate: "true" that lacks the key. Absent: never made. Not together with derive.',
    ),
  derive: derive
    .optional()
    .describe(
      'The key is computed from others. Absent: it is a base key, which the team sets. Not together with generate.',
    ),
  rotate: rotate
    .optional()
    .describe(
      `Made anew from time to time, as generate says. Not for the base keys of a connection URL, which a PostgresCredential rotates. Absent: never. ${LATER}`,
    ),
  maxAge: z
    .string()
    .regex(/^[1-9][0-9]{0,5}(d|h|m)$/, 'is not a duration: write 365d, 12h or 30m')
    .optional()
    .describe(
      `How old a value may become, counted from its last change: days, hours or minutes, as 365d, 12h, 30m. Absent: any age. ${LATER}`,
    ),
  action: action
    .optional()
    .describe('What a finding about this key does. Absent: what the action of the policy says.'),
});

const exception = z.strictObject({
  namespace: z
    .string()
    .max(63)
    .regex(/^[-a-z0-9*?]+$/, 'fits no namespace: use a-z, 0-9, "-", "*" and "?"')
    .describe('Glob of the namespace that is excepted.'),
  name: z
    .string()
    .max(253)
    .regex(/^[-a-z0-9.*?]+$/, 'fits no Secret: use a-z, 0-9, "-", ".", "*" and "?"')
    .describe('Glob of the name of the Secret that is excepted.'),
  keys: keyNames.describe(
    'The keys that are excepted, by the name of the policy or by the spelling of the Secret.',
  ),
  reason: plainText(1024).describe('Why, and who knows about it, e.g. the number of a ticket. One line.'),
  until: z.iso
    .date('is not a day: write YYYY-MM-DD')
    .describe(
      'The last day, YYYY-MM-DD; in force to its end, UTC. One that has run out is ignored, warned of and reported, and no reason to refuse the policy.',
    ),
});

const objectName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

const spec = z.strictObject({
  match: match
    .default({})
    .describe('Which Secrets are meant: all that is given must be true. Absent or empty: every Secret.'),
  precedence: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe(
      'Of the policies that name one key, the matching one of the highest precedence decides alone, with its whole entry; on a tie the name first in the alphabet. The built-in ones are at -50 and below. Absent: 0.',
    ),
  action: action
    .default('Enforce')
    .describe(
      'What a finding does. Enforce: the write is refused. Warn: kubectl prints a warning. Audit: it is recorded only. Absent: Enforce.',
    ),
  heal: z
    .boolean()
    .default(false)
    .describe(`The controller may put derived keys right in Secrets that are stored already. ${LATER}`),
  restart: z
    .boolean()
    .default(false)
    .describe(`The controller may restart the workloads that read a Secret after it changed a key. ${LATER}`),
  mutateOwned: z
    .boolean()
    .default(false)
    .describe(
      'Also change Secrets that External Secrets, an operator or another controller writes. Absent or false: those are judged only.',
    ),
  keys: mapOf(keyName, key, 1000)
    .default({})
    .describe(
      'What each key of the Secret must be, by its name: letters, digits, "-", "_" and ".". A key that the Secret lacks is a fault only where it is required. One of which nothing is asked is written NAME: {}, for the API server drops what is empty. At most 1000 keys. Absent: no key is judged.',
    ),
  unnamedKeys: z
    .strictObject({
      action: action
        .optional()
        .describe('What a finding about such a key does. Absent: what the action of the policy says.'),
    })
    .optional()
    .describe(
      'Judges the keys that no policy names: those that sound sensitive, and passwords inside URLs, must not be placeholders. Absent: they are not looked at; {} is enough to switch it on.',
    ),
  environments: mapOf(
    z
      .string()
      .max(63)
      .regex(
        /^[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$/,
        'is no name of an environment: use letters, digits, "-", "_" and "."',
      ),
    mapOf(keyName, value, 1000),
    50,
  )
    .optional()
    .describe(
      'Defaults that differ, by the name of the environment and of the key; chosen by `lockstep generate --env`. The keys need not be under keys. No secrets here. At most 50 environments.',
    ),
  exceptions: listOf(exception, 500)
    .optional()
    .describe('Secrets whose faults are recorded only, for a time. Absent: none.'),
});

export const secretPolicySchema = z.strictObject({
  apiVersion: z.literal('lockstep.dev/v1alpha1'),
  kind: z.literal('SecretPolicy'),
  /** What else is in it is not looked at. */
  metadata: z.object({
    name: z.string().max(253).regex(objectName, 'is no object name: use a-z, 0-9, "-" and "."'),
  }),
  spec: spec.describe('What the policy asks for.'),
  /** Written by lockstep alone; a policy that was read from a cluster has it. */
  status: z.unknown().optional(),
});

export type SecretPolicySpec = z.output<typeof secretPolicySchema>['spec'];
export type KeySpec = z.output<typeof key>;
export type MatchSpec = z.output<typeof match>;
export type GenerateSpec = z.output<typeof generate>;
