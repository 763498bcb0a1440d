/** Rights that only a few subjects should have in the whole cluster. */
export type Right = 'read-secrets' | 'write-webhooks';

/** One subject that gets such a right by a ClusterRoleBinding. */
export interface Grant {
  readonly right: Right;
  readonly kind: string;
  /** `namespace/name` for a ServiceAccount. */
  readonly subject: string;
  readonly role: string;
  readonly binding: string;
}

/** The rights in the `rules` of a ClusterRole. Never throws: a malformed rule grants nothing. */
export function rightsIn(rules: unknown): readonly Right[] {
  if (!Array.isArray(rules)) return [];
  return (['read-secrets', 'write-webhooks'] as const).filter((right) =>
    rules.some((rule) => grants(rule, REQUIRED_RULES[right])),
  );
}

interface RequiredRule {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** A rule with resource names counts only if they include this name. */
  readonly name?: string;
}

const REQUIRED_RULES: Readonly<Record<Right, RequiredRule>> = {
  // A watch or list of one Secret by name reads it too, but not all Secrets.
  'read-secrets': { group: '', resources: ['secrets'], verbs: ['get', 'list', 'watch'] },
  'write-webhooks': {
    group: 'admissionregistration.k8s.io',
    resources: ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'],
    verbs: ['patch', 'update', 'delete', 'deletecollection'],
    name: 'lockstep',
  },
};

function grants(rule: unknown, { group, resources, verbs, name }: RequiredRule): boolean {
  const { apiGroups, resources: ruled, verbs: may, resourceNames } = (rule ?? {}) as Record<string, unknown>;
  const names = textsIn(resourceNames);
  return (
    covers(apiGroups, [group]) &&
    covers(ruled, resources) &&
    covers(may, verbs) &&
    (names.length === 0 || (name !== undefined && names.includes(name)))
  );
}

const covers = (given: unknown, wanted: readonly string[]): boolean =>
  textsIn(given).some((text) => text === '*' || wanted.includes(text));

const textsIn = (list: unknown): readonly string[] =>
  Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
