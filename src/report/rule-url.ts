export const REPOSITORY_URL = 'https://github.com/lockstep-dev/lockstep';

/** The page that explains a rule. */
export const ruleUrl = (rule: string): string =>
  `${REPOSITORY_URL}/blob/main/docs/reference/rules.md#${rule}`;
