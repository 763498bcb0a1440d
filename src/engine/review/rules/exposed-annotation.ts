import type { Evaluation } from '../evaluation/evaluation.ts';
import type { SecretRule, Violation } from './rule.ts';

export const exposedAnnotation: SecretRule = {
  id: 'exposed-annotation',
  meaning:
    'Client-side `kubectl apply` keeps a copy of the values in an annotation. Values of `stringData` are there in clear text, for each user that can read metadata.',
  example: 'kubectl apply -f secret.yaml, without --server-side',
  remediation:
    'Use `kubectl apply --server-side` from now on. Then remove the copy: `kubectl annotate secret NAME kubectl.kubernetes.io/last-applied-configuration-`.',
  maxAction: 'Audit',
  check: hasCopyInAnnotation,
};

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

function hasCopyInAnnotation({ request: { secret } }: Evaluation): readonly Violation[] {
  const copy = secret.annotations.get(LAST_APPLIED);
  if (copy === undefined || !/"(stringData|data)":\{"/.test(copy)) return [];
  return [
    {
      key: '',
      message: `has a copy of its values in the annotation ${LAST_APPLIED}`,
      fix: 'use kubectl apply --server-side, and remove the annotation',
    },
  ];
}
