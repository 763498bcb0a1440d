import * as z from 'zod';
import { action, duration, keyName, keyNames, listOf, plainText, value } from './vocabulary.ts';

const account = z.strictObject({
  user: plainText(256).describe('The user of the account: a name, or ${KEY} or ${KEY:-default}.'),
  password: z
    .string()
    .max(256)
    .regex(
      /^\$\{[-._a-zA-Z0-9]+\}$/,
      'is no ${KEY}: write the key of the password, e.g. ${MYSQL_ROOT_PASSWORD}',
    )
    .describe('The key of its password, as ${KEY}. The key must be under keys.'),
});

const derive = z.strictObject({
  template: z
    .string()
    .min(1)
    .max(4096)
    .describe(
      'Text with ${KEY}, and ${KEY:-default} for where the Secret lacks KEY. A KEY without a default must be under keys. In a URL each value is percent-encoded as its place demands. In a text with several lines, a value that its place can not hold is refused. lockstep derives no value that is larger than a Secret may be, 1 MiB.',
    ),
  free: listOf(z.enum(['user', 'password', 'host', 'port', 'database']), 5)
    .optional()
    .describe(
      'Parts of the URL that the team chooses, whatever the base keys say. Absent: bind alone decides.',
    ),
  bind: z
    .enum(['All', 'Password'])
    .default('All')
    .describe(
      'The parts of a URL that follow their base keys. All: each part whose base key the Secret holds. Password: the password, and the user if the password agrees or the base key had this user before. The login of another key or another server stays. lockstep only warns of any other difference, and adds no URL next to another one of the same system. Absent: All.',
    ),
  otherUser: z
    .enum(['Correct', 'Keep'])
    .default('Correct')
    .describe(
      'A URL of another user than the base keys name. Correct: bind decides. Keep: it is another login, and lockstep leaves it alone. Absent: Correct.',
    ),
  mode: z
    .enum(['Bound', 'Exact'])
    .default('Bound')
    .describe(
      'Bound: lockstep corrects only the bound parts of a URL. The team chooses scheme and parameters. Exact: the value always equals the template. A template that is no URL is always exact. Absent: Bound.',
    ),
  addWith: keyNames
    .optional()
    .describe(
      'An absent key is added only if the Secret holds all of these keys, in this spelling. Absent: it is added if the Secret holds its base keys.',
    ),
  accounts: listOf(account, 8)
    .optional()
    .describe(
      'Other accounts of the server, such as the superuser. A URL with such a user follows the password of that account. For any other user, bind and otherUser decide. Only in a URL. Absent: none.',
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
          'Number of letters and digits after the prefix: 22 or more are as good as a 128-bit key. Not together with bytes.',
        ),
    }),
    z.strictObject({
      bytes: z
        .int()
        .min(8)
        .max(1024)
        .describe('Number of random bytes. The encoding makes the value longer. Not together with length.'),
      encoding: z
        .enum(['base64', 'base64url', 'hex'])
        .default('base64url')
        .describe('The encoding of the bytes. Only together with bytes. Absent: base64url.'),
    }),
  ],
  { error: 'is neither letters nor bytes: set length, or set bytes and encoding' },
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
      'Times at which the controller makes a new value. A cron schedule of five fields, as in a CronJob, e.g. "0 4 1 */6 *". After missed times it makes one new value.',
    ),
  timeZone: z
    .string()
    .regex(/^[A-Za-z0-9_+/-]{1,64}$/, 'is not the name of a time zone: write e.g. Europe/Berlin')
    .optional()
    .describe('Time zone of the schedule, e.g. Europe/Berlin. Absent: UTC.'),
  previousKey: keyName
    .optional()
    .describe(
      'The key that holds the other value during a rotation, so consumers can accept both. First it holds the new value, before any consumer signs with it. Then it holds the previous value. Absent: the new value replaces the old one at once.',
    ),
  gracePeriod: duration
    .optional()
    .describe(
      'The time for which the previous value stays under previousKey after all consumers have the new one, in days, hours or minutes, as 24h. It must be longer than the lifetime of what was signed with the value. Only together with previousKey. Absent: 24h.',
    ),
});

const when = z.strictObject({
  key: keyName.describe(
    'The key that the condition reads, in each of its spellings. It is under keys, has no condition of its own, and is not derived or generated.',
  ),
  is: plainText(256).optional().describe('The text that the value must equal. Absent: see isNot, present.'),
  isNot: plainText(256)
    .optional()
    .describe(
      'The text that the value must not equal. The condition holds if the key is missing, too. Absent: see is, present.',
    ),
  present: z
    .boolean()
    .optional()
    .describe(
      'Write true if the key must have a value, and false if it must be missing or empty. Absent: see is, isNot.',
    ),
});

/** Rules in CEL, in the form that a CRD has for them. `reads` says which variable they have. */
export const validations = (reads: string, most: number) =>
  listOf(
    z.strictObject({
      expression: plainText(1024).describe(
        `A condition in CEL that must be true. ${reads} It has at most 128 operations, and no loop inside a loop. A call of matches() has a pattern that is written out.`,
      ),
      message: plainText(256).describe(
        'The finding if the condition is false, as a predicate: "must name a region". Each user who gets the finding can read it: no secrets here.',
      ),
      action: action
        .optional()
        .describe('The effect of a finding of this rule. Absent: the action of the key, or of the policy.'),
    }),
    most,
  );

/** The fields of a SecretPolicy for one key. */
export const key = z.strictObject({
  when: when
    .optional()
    .describe(
      'The condition for the whole entry: one of is, isNot and present. If it does not hold, the policy does not name the key, and another policy may decide about it. A user that may write the Secret can change the value that the condition reads. Absent: the entry always applies.',
    ),
  required: z
    .boolean()
    .default(false)
    .describe(
      'The key must be there, and not be empty. A derived key that is required and can be derived is added. Absent: it may be missing.',
    ),
  recommended: z
    .boolean()
    .default(false)
    .describe(
      'A missing key is a warning, and `lockstep generate` adds it. Not together with required. Absent: it may be missing.',
    ),
  requiredWith: keyNames
    .optional()
    .describe(
      'Required if the Secret holds all of these keys, in this spelling. Absent: required alone decides.',
    ),
  sensitive: z
    .boolean()
    .default(false)
    .describe(
      'The value must be a real secret: the placeholder, strength and reuse rules apply. An update can not empty or remove it. Absent: those rules do not apply.',
    ),
  minLength: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe('The least number of characters. Absent: any, but a sensitive value must not be weak.'),
  recommendedLength: z
    .int()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      'A value with fewer characters is a warning. It must be greater than minLength, below which a value is refused. Absent: minLength alone decides.',
    ),
  maxLength: z
    .int()
    .min(1)
    .max(65_536)
    .optional()
    .describe('The greatest number of characters, at least minLength. Absent: any.'),
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
  prefix: plainText(128)
    .optional()
    .describe(
      'The text that the value must begin with, e.g. sk_live_. A generated value begins with it. Findings print it. Absent: any beginning.',
    ),
  enum: listOf(plainText(256), 64)
    .optional()
    .describe(
      'The texts of which the value must be one. Not together with generate. Findings print them only if the key is not sensitive. Absent: any text.',
    ),
  pattern: plainText(256)
    .optional()
    .describe(
      'A regular expression in RE2 syntax that the value must match. It matches any part of the value: write ^ and $ for the whole. It takes at most 512 instructions. It matches no value with more than 2048 characters, or with more than 65,536 divided by its instructions. It has at most 131,072 ranges of characters. Absent: any text.',
    ),
  validations: validations('The variable self is the value, a text.', 8)
    .optional()
    .describe(
      'Rules in CEL about the value. A missing or empty value passes. A rule without an answer for the value is a finding, too. Absent: none.',
    ),
  aliases: keyNames
    .optional()
    .describe(
      'Other spellings of this key. Rules, templates and messages use the one that the Secret holds. A spelling can belong to one key only.',
    ),
  default: value
    .optional()
    .describe(
      'The value of the key in a new Secret of `lockstep generate`. Admission never adds it. Each user who can read policies can read it: no secrets here.',
    ),
  generate: generate
    .optional()
    .describe(
      'The form of a generated value: `length`, or `bytes` and `encoding`. `lockstep generate` makes the value. In a Secret that lacks the key and has the annotation `lockstep.dev/generate: "true"`, admission makes it at CREATE, and the controller if the Secret is stored. Absent: never generated. Not together with derive.',
    ),
  derive: derive
    .optional()
    .describe(
      'The key is computed from others. Absent: it is a base key, which the team sets. Not together with generate.',
    ),
  rotate: rotate
    .optional()
    .describe(
      'The controller makes a new value by schedule, in the form of generate, in a Secret with the annotation `lockstep.dev/generate: "true"`. Not for the base keys of a connection URL, which a PostgresCredential or RedisCredential rotates. Absent: only `lockstep rotate --key` rotates it.',
    ),
  onChange: z
    .enum(['Accept', 'Keep', 'Refuse'])
    .optional()
    .describe(
      'The effect of an update that changes, empties or drops the stored value. Accept: the new value is stored. Keep: the stored value stays, derived keys follow it, and kubectl prints a warning. Refuse: the update is refused. A stored value that is empty, or that the policy refuses, can always be replaced. The annotation `lockstep.dev/allow-change-until` and the commands of lockstep change a value on purpose. Not for derived keys, which follow their base keys. Absent: Accept.',
    ),
  maxAge: duration
    .optional()
    .describe(
      'The maximum age of a value since the last change that the controller has seen, in days, hours or minutes, as 365d, 12h, 30m. An older value is only reported. Absent: any age.',
    ),
  action: action
    .optional()
    .describe('The effect of a finding about this key. Absent: the action of the policy.'),
  lenient: z
    .boolean()
    .optional()
    .describe(
      'Findings about the strength and the spelling of the value are warnings: weak, min-length, distinct, double-base64, trailing-newline, quoted and unescaped-uri. A placeholder is refused. Absent: action decides about each finding.',
    ),
});

export type KeySpec = z.output<typeof key>;
export type GenerateSpec = z.output<typeof generate>;
export type OnChange = NonNullable<KeySpec['onChange']>;
export type RotateSpec = z.output<typeof rotate>;
