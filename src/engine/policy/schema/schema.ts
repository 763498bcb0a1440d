import * as z from 'zod';
import { key } from './key-schema.ts';
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
 * The one source of what a SecretPolicy may say: the CRD and the reference page are generated from it, descriptions and bounds included. The
 * bounds are far above what a policy needs; they keep what the API server must reckon with, and what a compile may take, small. What a schema can't
 * say (a cycle, an unknown base key) is in consistency.ts.
 *
 * A field that is added later gets no default: the API server would show it in every policy, and pods of the version before, which still run while
 * an upgrade is under way, would refuse a field that they do not know.
 */
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
      'The effect of a finding. Enforce: the write is refused. Warn: kubectl prints a warning. Audit: it is recorded only, and lockstep changes nothing. Absent: Enforce.',
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
      'The controller restarts the workloads that read a key of the Secret after its value has changed, one at a time. Absent or false, or with action: Audit: whoever reads it learns of it by itself, or not.',
    ),
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
export type MatchSpec = z.output<typeof match>;
