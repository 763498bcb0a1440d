import * as z from 'zod';

/**
 * The one source of what a SecretPolicy may say. The descriptions become the reference page. What a schema can't say (a cycle, an unknown base
 * key) is in compile.ts.
 */
const globs = z.array(z.string().min(1)).min(1);
const keyName = z
  .string()
  .regex(
    /^[-._a-zA-Z0-9]{1,253}$/,
    'is no key that a Secret can hold: use letters, digits, "-", "_" and "."',
  );
const keyNames = z.array(keyName).min(1);
const labels = z.record(z.string(), z.string());
const action = z.enum(['Enforce', 'Warn', 'Audit']);
const day = z.iso.date('is not a day: write YYYY-MM-DD');
const duration = z.string().regex(/^[1-9][0-9]*(d|h|m)$/, 'is not a duration: write 365d, 12h or 30m');
const cron = z.string().regex(/^\S+( \S+){4}$/, 'is not a cron schedule of five fields, e.g. "0 4 1 */6 *"');

const labelSelector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string().min(1),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

const match = z.strictObject({
  names: globs.optional().describe('Globs of Secret names; * and ? only.'),
  namespaces: globs.optional().describe('Globs of namespaces.'),
  namespaceSelector: labelSelector.optional().describe('Labels of the namespace.'),
  labelSelector: labelSelector.optional().describe('Labels of the Secret.'),
  types: globs.optional().describe('Globs of Secret types.'),
  hasKeys: keyNames.optional().describe('The Secret holds all of these keys.'),
  hasAnyKey: keyNames.optional().describe('The Secret holds at least one of these keys.'),
});

const derive = z.strictObject({
  template: z.string().min(1).describe('Text with ${KEY} and ${KEY:-default}.'),
  free: z
    .array(z.enum(['user', 'password', 'host', 'port', 'database']))
    .optional()
    .describe('Parts of the URL that the team chooses, whatever the base keys say.'),
  mode: z.enum(['Bound', 'Exact']).default('Bound').describe('Exact: the value always equals the template.'),
  addWith: keyNames
    .optional()
    .describe('An absent key is added only where the Secret holds all of these keys, spelled like this.'),
});

const generate = z.union([
  z.strictObject({ length: z.int().min(8).max(1024).describe('Letters and digits.') }),
  z.strictObject({
    bytes: z.int().min(8).max(1024),
    encoding: z.enum(['base64', 'base64url', 'hex']).default('base64url'),
  }),
]);

const rotate = z.strictObject({
  schedule: cron,
  timeZone: z.string().min(1).optional(),
  keep: keyName.optional(),
});

const key = z.strictObject({
  required: z.boolean().default(false),
  requiredWith: keyNames
    .optional()
    .describe('Required where the Secret holds all of these keys, spelled like this.'),
  sensitive: z
    .boolean()
    .default(false)
    .describe('Must be a real secret: placeholder, strength and reuse rules apply.'),
  minLength: z.int().min(1).max(4096).optional().describe('Characters.'),
  distinctFrom: keyNames.optional(),
  format: z.enum(['uri', 'port', 'integer', 'boolean', 'hostname', 'uuid', 'json', 'pem']).optional(),
  schemes: z.array(z.string().min(1)).min(1).optional().describe('URL schemes that format: uri allows.'),
  aliases: keyNames
    .optional()
    .describe('Other spellings of this key; the one that the Secret holds is meant.'),
  default: z
    .string()
    .optional()
    .describe('Fills a new Secret in `lockstep generate`; never added at admission.'),
  generate: generate.optional(),
  derive: derive.optional(),
  rotate: rotate.optional(),
  maxAge: duration.optional(),
  action: action.optional(),
});

const exception = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  keys: keyNames,
  reason: z.string().min(1),
  until: day.describe('In force to the end of this day, UTC.'),
});

export const secretPolicySchema = z.strictObject({
  apiVersion: z.literal('lockstep.dev/v1alpha1'),
  kind: z.literal('SecretPolicy'),
  metadata: z.looseObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, 'is no object name: use a-z, 0-9, "-" and "."'),
  }),
  spec: z.strictObject({
    match: match.default({}),
    precedence: z.int().min(-1000).max(1000).default(0),
    action: action.default('Enforce'),
    heal: z.boolean().default(false),
    restart: z.boolean().default(false),
    mutateOwned: z.boolean().default(false),
    keys: z.record(keyName, key).default({}),
    unnamedKeys: z
      .strictObject({ action: action.optional() })
      .optional()
      .describe(
        'Keys that no policy names: those that sound sensitive, and passwords inside URLs, must not be placeholders.',
      ),
    environments: z.record(z.string(), z.record(keyName, z.string())).optional(),
    exceptions: z.array(exception).optional(),
  }),
});

export type SecretPolicySpec = z.output<typeof secretPolicySchema>['spec'];
export type KeySpec = z.output<typeof key>;
export type MatchSpec = z.output<typeof match>;
export type GenerateSpec = z.output<typeof generate>;
