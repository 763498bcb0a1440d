export const REPOSITORY_URL = 'https://github.com/lockstep-dev/lockstep';

/**
 * The address of a page of the documentation, such as `tasks/roll-back.md`. A message names the address: the image and
 * the npm package hold no pages.
 */
export const pageUrl = (page: `${string}.md` | `${string}.md#${string}`): string =>
  `${REPOSITORY_URL}/blob/main/docs/${page}`;

/** The heading that explains a rule. */
export const ruleUrl = (rule: string): string => pageUrl(`reference/rules.md#${rule}`);
