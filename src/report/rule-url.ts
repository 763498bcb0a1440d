export const HOME = 'https://github.com/lockstep-dev/lockstep';

/** Where a rule is explained. */
export const helpUri = (rule: string): string => `${HOME}/blob/main/docs/rules.md#${rule}`;
