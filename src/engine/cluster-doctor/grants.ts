/** What more than a few should not have, over the whole cluster. */
export type Right = 'read-secrets' | 'write-webhooks';

/** One subject that a ClusterRoleBinding gives such a right. */
export interface Grant {
  readonly right: Right;
  readonly kind: string;
  /** Of a ServiceAccount `namespace/name`. */
  readonly subject: string;
  readonly role: string;
  readonly binding: string;
}

/** The rights among `rules`, as a ClusterRole holds them. Never throws: whatever is no rule grants nothing. */
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
  /** A rule that is bound to names counts where it names this one. */
  readonly name?: string;
}

const REQUIRED_RULES: Readonly<Record<Right, RequiredRule>> = {
  // Of one Secret by name a watch or list is a read as well, but not of all.
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
