import type { RuleText } from './rule.ts';

/** A rule of manifests alone: a stored Secret can no longer break it, or a single one can't. */
export interface ManifestRule extends Omit<RuleText, 'id'> {
  readonly id: string;
}

const REFUSED = 'The API server refuses the manifest.';

/** What `lockstep check` finds beside the rules of the engine. The form is judged where the manifest is read. */
export const manifestRules: readonly ManifestRule[] = [
  {
    id: 'syntax',
    meaning: 'The file, or one document of it, can not be read, so nothing in it was judged.',
    example: 'a bracket that is never closed, a binary file, a tab as indentation',
    remediation: 'Mend the line that is named. The documents before and after it are judged.',
  },
  {
    id: 'invalid-base64',
    meaning: `A value under \`data\` is not base64. ${REFUSED}`,
    example: 'data: {PASSWORD: not base64!}',
    remediation: 'Put plain text under `stringData`, or encode it: `printf %s VALUE | base64 -w0`.',
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
    remediation: 'Spell the field as the API does, or indent it under the one that it belongs to.',
  },
  {
    id: 'unknown-kind',
    meaning: `A kind or apiVersion that is not quite that of a Secret. ${REFUSED}`,
    example: 'apiVersion: v2, kind: Secret',
    remediation: 'Write `apiVersion: v1` and `kind: Secret`.',
  },
  {
    id: 'missing-name',
    meaning: `The Secret has neither a name nor a generateName, or one that Kubernetes does not allow. ${REFUSED}`,
    example: 'metadata: {}',
    remediation: 'Give it a `metadata.name` of lower-case letters, digits, `-` and `.`.',
  },
  {
    id: 'invalid-key',
    meaning: `A key that Kubernetes does not allow: only letters, digits, \`-\`, \`_\` and \`.\`, at most 253 of them. ${REFUSED}`,
    example: 'stringData: {"MY KEY": …}',
    remediation: 'Rename the key.',
  },
  {
    id: 'duplicate-key',
    meaning: 'A key stands twice, and kubectl keeps only one of the values without a word.',
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
    meaning: 'A value that kubectl drops without a word, so that the key is stored empty or not at all.',
    example: 'stringData: {TOKEN: }',
    remediation: 'Give it a value, or `""` if it is empty on purpose.',
  },
  {
    id: 'cross-secret',
    meaning:
      'Two Secrets of one namespace hold the same login of the same database with two passwords: one of them can not log in.',
    example: 'POSTGRES_PASSWORD was changed in one Secret; DATABASE_URL in another still has the old one',
    remediation: 'Put the same password into both, or keep the login in one Secret that all consumers read.',
    maxAction: 'Warn',
  },
  {
    id: 'login',
    meaning:
      'A PostgreSQL login of the Secret was tried, by `lockstep check --connect`, and the server that the Secret names does not let it in.',
    example: 'POSTGRES_PASSWORD was changed in the Secret, and the server still has the old one',
    remediation:
      'Put the password there that the server has, or give the server this one; in a cluster `lockstep doctor NAMESPACE/NAME` says which of the two, and how.',
  },
];
