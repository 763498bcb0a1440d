import * as z from 'zod';
import { OBJECT_NAME_PATTERN } from '../../secret/kubernetes/name.ts';
import { POLICY_SERVERS } from '../../value/systems/systems.ts';
import { key, validations } from './key-schema.ts';
import {
  action,
  globs,
  keyName,
  keyNames,
  labelSelector,
  listOf,
  mapOf,
  plainText,
  value,
} from './vocabulary.ts';

/**
 * The only source of the fields of a SecretPolicy. The CRD and the reference page are generated from it, with
 * descriptions and bounds. The bounds are far above the needs of a policy. They limit the cost of the API server's
 * validation and of a compile. consistency.ts checks what a schema can't express, such as a cycle or an unknown base
 * key.
 *
 * A field that is added later gets no default. The API server would show the default in every policy. Pods of the
 * previous version, which still run during an upgrade, would refuse the unknown field.
 */
const match = z.strictObject({
  names: globs(/^[-a-z0-9.*?]+$/, 'the name of a Secret: a-z, 0-9, "-" and "."')
    .optional()
    .describe(
      'Globs of Secret names, one of which must match. * is any run of characters, ? any one. Absent: every name.',
    ),
  namespaces: globs(/^[-a-z0-9*?]+$/, 'the name of a namespace: a-z, 0-9 and "-"', 63)
    .optional()
    .describe(
      'Globs of namespaces, one of which must match. Absent: every namespace but those that lockstep never touches.',
    ),
  namespaceSelector: labelSelector
    .optional()
    .describe('Labels of the namespace of the Secret. All requirements must hold. Absent: any labels.'),
  labelSelector: labelSelector
    .optional()
    .describe('Labels of the Secret. All requirements must hold. Absent: any labels.'),
  types: globs(/^[!-~]+$/, 'the type of a Secret, e.g. Opaque or kubernetes.io/basic-auth')
    .optional()
    .describe(
      'Globs of Secret types, one of which must match, e.g. Opaque. Absent: every type but those that lockstep never touches.',
    ),
  hasKeys: keyNames
    .optional()
    .describe('The Secret holds all of these keys, in this spelling. Absent: any keys.'),
  hasAnyKey: keyNames
    .optional()
    .describe('The Secret holds at least one of these keys, in this spelling. Absent: any keys.'),
  server: z
    .enum(POLICY_SERVERS)
    .optional()
    .describe(
      'Keys of hasAnyKey such as DB_PASSWORD name no server. They count only if the Secret names this one: by DB_PORT, DB_CONNECTION or DATABASE_URL. Absent: each key counts.',
    ),
});

const exception = z.strictObject({
  namespace: z
    .string()
    .max(63)
    .regex(/^[-a-z0-9*?]+$/, 'fits no namespace: use a-z, 0-9, "-", "*" and "?"')
    .describe('Glob of the namespace of the exception.'),
  name: z
    .string()
    .max(253)
    .regex(/^[-a-z0-9.*?]+$/, 'fits no Secret: use a-z, 0-9, "-", ".", "*" and "?"')
    .describe('Glob of the Secret name of the exception.'),
  keys: keyNames.describe(
    'The keys of the exception, by their name in the policy or their spelling in the Secret.',
  ),
  reason: plainText(1024).describe('The reason, and a contact or ticket number. One line.'),
  until: z.iso
    .date('is not a day: write YYYY-MM-DD')
    .describe(
      'The last day, YYYY-MM-DD. The exception is in effect to the end of this day, UTC. An expired exception is ignored, and lockstep warns and reports it. The policy stays valid.',
    ),
});

const spec = z.strictObject({
  match: match
    .default({})
    .describe(
      'The Secrets that the policy selects: all given fields must match. On UPDATE it is enough that the old or the new object matches. Absent or empty: every Secret.',
    ),
  precedence: z
    .int()
    .min(-1000)
    .max(1000)
    .default(0)
    .describe(
      'If several matching policies name one key, only the one with the highest precedence decides, with its whole entry. If they are equal, the first name in the alphabet decides. The built-in policies are at -50 and below. Absent: 0.',
    ),
  action: action
    .default('Enforce')
    .describe(
      'The effect of a finding. Enforce: the write is refused. Warn: kubectl prints a warning. Audit: it is only recorded, and lockstep changes nothing. Absent: Enforce.',
    ),
  heal: z
    .enum(
      ['Off', 'Drift', 'Always'],
      'must be "Off", Drift or Always: YAML reads Off without quotes as false',
    )
    .default('Off')
    .describe(
      'How the controller treats a stored derived key that disagrees with its base keys. Off: it reports the key. Drift: it corrects a key that agreed when lockstep saw it last, and reports the rest. Always: it corrects also what disagreed when lockstep saw it first. Write "Off" in quotes, since YAML reads Off as false. Absent: Off.',
    ),
  restart: z
    .boolean()
    .default(false)
    .describe(
      'The controller restarts the workloads that read a key of the Secret after its value has changed, one at a time. Absent or false, or if the action is Audit: no restart.',
    ),
  keys: mapOf(keyName, key, 1000)
    .default({})
    .describe(
      'The requirements for each key of the Secret, by its name: letters, digits, "-", "_" and ".". A missing key is a fault only if it is required. An entry without requirements is written `NAME: {}`, because the API server drops an empty one. At most 1000 keys. Absent: no key is validated.',
    ),
  validations: validations(
    'The variable data has the values of the Secret by their keys; each key that it names is under keys.',
    16,
  )
    .optional()
    .describe(
      'Rules in CEL about several keys of the Secret. A rule without an answer is a finding, too. Exceptions do not cover them. Absent: none.',
    ),
  unnamedKeys: z
    .strictObject({
      action: action
        .optional()
        .describe('The effect of a finding about such a key. Absent: the action of the policy.'),
    })
    .optional()
    .describe(
      'Validates the keys that no policy names. No value may announce that it is a placeholder. Keys that sound sensitive, and passwords inside URLs, must not be placeholders at all. An empty entry `{}` enables it. Absent: these keys are not validated.',
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
      'Defaults for each environment, by its name and the name of the key. `lockstep generate --env` chooses the environment. The keys need not be under keys. No secrets here. At most 50 environments.',
    ),
  exceptions: listOf(exception, 500)
    .optional()
    .describe('Secrets whose faults are only recorded, for a limited time. Absent: none.'),
});

export const secretPolicySchema = z.strictObject({
  apiVersion: z.literal('lockstep.dev/v1alpha1'),
  kind: z.literal('SecretPolicy'),
  /** Other fields of the metadata are ignored. */
  metadata: z.object({
    name: z.string().max(253).regex(OBJECT_NAME_PATTERN, 'is no object name: use a-z, 0-9, "-" and "."'),
  }),
  spec: spec.describe('The requirements of the policy.'),
  /** Only lockstep writes it. A policy that was read from a cluster has it. */
  status: z.unknown().optional(),
});

export type SecretPolicySpec = z.output<typeof secretPolicySchema>['spec'];
export type MatchSpec = z.output<typeof match>;
