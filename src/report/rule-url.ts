export const REPOSITORY_URL = 'https://github.com/lockstep-dev/lockstep';

/** Where a rule is explained. */
export const ruleUrl = (rule: string): string => `${REPOSITORY_URL}/blob/main/docs/rules.md#${rule}`;
