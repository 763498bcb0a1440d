import { changed } from './changed.ts';
import { changedAgain, replaced, reverted, twoWriters } from './record-rules.ts';
import { keyRules, secretRules } from './registry.ts';
import type { RuleText } from './rule.ts';
import { tooLarge } from './too-large.ts';

/** A rule for manifests only: a stored Secret can't break it, or a single one can't. */
export interface ManifestRule extends Omit<RuleText, 'id'> {
  readonly id: string;
}

/** A finding about a comment that should accept another finding. It can't be accepted itself. */
export const IGNORE_COMMENT = 'ignore-comment';

const REFUSED = 'The API server refuses the manifest.';

/** The findings that `lockstep check` adds to those of the engine. The manifest reader checks the form. */
export const manifestRules: readonly ManifestRule[] = [
  {
    id: 'syntax',
    meaning: 'The file, or one document of it, cannot be read, so nothing in it was validated.',
    example: 'a bracket that is never closed, a binary file, a tab as indentation',
    remediation:
      'Fix the named line. The documents before and after it are validated. A file that names no Secret is only a hint.',
  },
  {
    id: 'invalid-base64',
    meaning: `A value under \`data\` is not base64. ${REFUSED}`,
    example: 'data: {PASSWORD: not base64!}',
    remediation:
      'Put plain text under `stringData`, or encode it with `printf %s VALUE | base64 -w0`. A placeholder or a template under `data` is reported as such instead.',
  },
  {
    id: 'not-a-string',
    meaning: `A value is a number, a boolean, a list or a map, where a Secret holds text. ${REFUSED}`,
    example: 'stringData: {PORT: 5432}',
    remediation: 'Put it in quotes.',
  },
  {
    id: 'unknown-field',
    meaning: `A field that a Secret does not have, often a misspelt one. ${REFUSED}`,
    example: 'stringdata: {TOKEN: …}',
    remediation:
      'Spell the field as the API does, or indent it under the one that it belongs to. A directive of kustomize (`$patch: delete`) is no field.',
  },
  {
    id: 'unknown-kind',
    meaning: `A kind or apiVersion that is nearly the one of a Secret. ${REFUSED}`,
    example: 'apiVersion: v2',
    remediation: 'Write `apiVersion: v1` and `kind: Secret`.',
  },
  {
    id: 'missing-name',
    meaning: `The Secret has neither a name nor a generateName, or one that Kubernetes does not allow. ${REFUSED}`,
    example: 'metadata: {}',
    remediation: 'Give it a `metadata.name` of lower-case letters, digits, `-` and `.`.',
  },
  {
    id: 'invalid-metadata',
    meaning: `A label, an annotation, a finalizer or an ownerReference that Kubernetes does not allow, or a field of the API server in a wrong form. All annotations together may have 256 KiB. ${REFUSED}`,
    example: 'labels: {app: my app}',
    remediation: 'Write the named field as Kubernetes allows it, or remove it.',
  },
  {
    id: 'typed-secret',
    meaning: `A Secret of a built-in type lacks a key that the type requires, or its docker config is no JSON object. ${REFUSED}`,
    example: 'type: kubernetes.io/tls without tls.key',
    remediation: 'Add the key, or use `type: Opaque`.',
  },
  {
    id: 'invalid-key',
    meaning: `A key that Kubernetes does not allow. A key has at most 253 letters, digits, \`-\`, \`_\` and \`.\`. ${REFUSED}`,
    example: 'stringData: {"MY KEY": …}',
    remediation: 'Rename the key.',
  },
  {
    id: 'duplicate-key',
    meaning: 'A key occurs twice, and kubectl keeps only one of the values without a warning.',
    example: 'JWT_SECRET under data and under stringData',
    remediation: 'Remove one of the two.',
  },
  {
    id: 'coerced-key',
    meaning:
      'YAML reads the key as a number, a date or a boolean, and kubectl stores another name than the one written.',
    example: 'stringData: {0x10: …} is stored under the key 16',
    remediation: 'Put the key in quotes.',
  },
  {
    id: 'dropped-value',
    meaning: 'A value that kubectl drops without a warning, so that the key is stored empty or not at all.',
    example: 'stringData: {TOKEN: }',
    remediation: 'Give it a value, or `""` if it is empty on purpose.',
  },
  {
    id: 'duplicate-name',
    meaning:
      'Two Secrets of one namespace have the same name, so kubectl stores one over the other. Environments and overlays, which repeat a name on purpose, do not count.',
    example: 'two manifests of one folder with the name app-secrets',
    remediation: 'Rename or remove one of the two.',
    maxAction: 'Warn',
  },
  {
    id: 'cross-secret',
    meaning:
      'Two Secrets of one namespace hold the same login of the same database with two passwords. One of them cannot log in.',
    example: 'POSTGRES_PASSWORD was changed in one Secret; DATABASE_URL in another still has the old one',
    remediation: 'Put the same password into both, or keep the login in one Secret that all consumers read.',
    maxAction: 'Warn',
  },
  {
    id: 'rotated-key',
    meaning:
      'The manifests hold a key that lockstep rotates: the password of a PostgresCredential or RedisCredential, or a key with `rotate` in its policy. Each sync sets the value of the manifest again. A password that changes only on request is a note.',
    example: 'Git holds POSTGRES_PASSWORD, and a PostgresCredential rotates it',
    remediation:
      'Set `onChange: Keep` for it in a policy, or let the tool ignore it, with `spec.ignore` of Flux, or `ignoreDifferences` with `RespectIgnoreDifferences=true` of Argo CD.',
    maxAction: 'Warn',
  },
  {
    id: 'missing-reference',
    meaning:
      'An object reads a Secret, or a key of one, that the manifests of the run do not have. Its pods will not start. A reference with `optional: true` does not count, nor does a Secret that a controller or kustomize makes. `lockstep audit` and `lockstep doctor` ask the same of a cluster.',
    example: 'a Deployment reads the key DATABASE_URI; the Secret has DATABASE_URL',
    remediation:
      'Add the Secret or the key, or correct the name. A Secret that a person makes by hand is a warning too: add it to the run, or ignore the warning.',
    maxAction: 'Warn',
  },
  {
    id: 'plain-text-password',
    meaning:
      'A ConfigMap, or the plain `value` of an environment variable, holds a password, a token or a URL with a password. Every user who may read the workload reads it. Placeholders, references, paths and switches do not count.',
    example: 'env: [{name: DB_PASSWORD, value: …}]',
    remediation:
      'Put it into a Secret, and read it with `secretKeyRef` or a volume. Change a password that was in a repository.',
    maxAction: 'Warn',
  },
  {
    id: 'unescaped-expansion',
    meaning:
      'A container builds a URL from `$(DB_PASSWORD)`. Kubernetes puts the password there as it is. A password with `@`, `/` or `%` then breaks the URL.',
    example: 'value: postgres://app:$(DB_PASSWORD)@db:5432/shop',
    remediation:
      'Read the whole URL from a Secret. lockstep derives `DATABASE_URL` there, with the password escaped.',
    maxAction: 'Warn',
  },
  {
    id: IGNORE_COMMENT,
    meaning:
      'A comment that accepts a finding has no effect. Its rule is missing or unknown, its reason is missing, or its line has no such finding.',
    example: '# lockstep:ignore placeholder',
    remediation:
      'Write `# lockstep:ignore RULE -- REASON` on the line of the key, or above it. Remove a comment that accepts nothing any more.',
    maxAction: 'Warn',
  },
  {
    id: 'login',
    meaning:
      'The command `lockstep check --connect` tried a login of PostgreSQL or Redis, and the server that the Secret names refused it.',
    example: 'POSTGRES_PASSWORD was changed in the Secret, and the server still has the old one',
    remediation:
      'Put the password of the server into the Secret, or set this one in the server. In a cluster `lockstep doctor NAMESPACE/NAME` says which of the two, and how.',
  },
];

/** Every rule, in the order of docs/reference/rules.md. */
export const ruleTexts: readonly ManifestRule[] = [
  ...keyRules,
  ...secretRules,
  changed,
  changedAgain,
  twoWriters,
  replaced,
  reverted,
  tooLarge,
  ...manifestRules,
];
