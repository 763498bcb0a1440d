import * as z from 'zod';
import { action, duration, keyName, keyNames, listOf, value } from './vocabulary.ts';

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
      'When a new value is made: a cron schedule of five fields, as in a CronJob, e.g. "0 4 1 */6 *". Times that were missed are made up for once.',
    ),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'is not the name of a time zone: write e.g. Europe/Berlin')
    .optional()
    .describe('Time zone of the schedule, e.g. Europe/Berlin. Absent: UTC.'),
  previousKey: keyName
    .optional()
    .describe(
      'The key that holds the other value during a rotation, so that consumers may accept both: first the new one, before anybody signs with it, then the previous one. Absent: one value takes the place of the other.',
    ),
  gracePeriod: duration
    .optional()
    .describe(
      'How long the previous value stays under previousKey, counted from when all consumers have the new one: days, hours or minutes, as 24h. Longer than what was signed with it counts. Only together with previousKey. Absent: 24h.',
    ),
});

/** What a SecretPolicy may say of one key. */
export const key = z.strictObject({
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
      'Made anew from time to time, as generate says, by the controller, in a Secret with the annotation lockstep.dev/generate: "true". Not for the base keys of a connection URL, which a PostgresCredential rotates. Absent: only when it is asked for by `lockstep rotate --key`.',
    ),
  maxAge: duration
    .optional()
    .describe(
      'How old a value may become, counted from its last change that the controller has seen: days, hours or minutes, as 365d, 12h, 30m. What is older is reported, and nothing else. Absent: any age.',
    ),
  action: action
    .optional()
    .describe('What a finding about this key does. Absent: what the action of the policy says.'),
});

export type KeySpec = z.output<typeof key>;
export type GenerateSpec = z.output<typeof generate>;
export type RotateSpec = z.output<typeof rotate>;
