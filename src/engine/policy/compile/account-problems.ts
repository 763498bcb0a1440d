import type { Problem } from '../schema/problem.ts';
import { visible } from '../schema/problem.ts';
import type { SecretPolicySpec } from '../schema/schema.ts';
import { type DerivationTemplate, parseExpression, referencesOf } from '../template/template.ts';

/** The accounts that no URL can have, or whose keys are not base keys of this policy. */
export function accountProblems(
  spec: SecretPolicySpec,
  templates: ReadonlyMap<string, DerivationTemplate>,
): readonly Problem[] {
  return Object.entries(spec.keys).flatMap(([key, { derive }]) => {
    const { accounts = [], mode, free = [] } = derive ?? {};
    if (accounts.length === 0) return [];
    const at = (...path: readonly (string | number)[]): Problem['path'] => [
      'spec',
      'keys',
      key,
      'derive',
      ...path,
    ];
    const parts = templates.get(key)?.url?.parts;
    if (
      parts?.has('password') !== true ||
      mode === 'Exact' ||
      free.includes('user') ||
      free.includes('password')
    )
      return [
        {
          path: at('accounts'),
          message:
            'need a template that is a URL with a password, in mode Bound, whose user and password are not free',
        },
      ];
    return accounts.flatMap(({ user, password }, index) => [
      ...expressionProblems(spec, user, at('accounts', index, 'user')),
      ...expressionProblems(spec, password, at('accounts', index, 'password')),
    ]);
  });
}

function expressionProblems(spec: SecretPolicySpec, text: string, path: Problem['path']): readonly Problem[] {
  try {
    return referencesOf(parseExpression(text)).flatMap(({ name, fallback }) => {
      const base = Object.hasOwn(spec.keys, name) ? spec.keys[name] : undefined;
      if (base?.derive !== undefined)
        return [{ path, message: `names ${visible(name)}, which is derived itself` }];
      if (base === undefined && fallback === undefined)
        return [{ path, message: `names \${${visible(name)}}, which is not under keys: add it there` }];
      return [];
    });
  } catch (error) {
    return [{ path, message: error instanceof Error ? error.message : 'can not be read' }];
  }
}
