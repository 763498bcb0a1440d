import type { Derivation } from '../../policy/policy.ts';
import type { TemplateExpression, UrlTemplate } from '../../policy/template.ts';
import { type Evaluation, keyByName } from '../evaluation.ts';
import { hasKeysOfOtherSystem, isKeyOfOtherSystem } from './foreign-system.ts';
import { expectedPart, isBound } from './render.ts';

/**
 * The template for the account that a URL logs in with: the account of the template, or one of `derive.accounts`.
 * Undefined if the base keys have no password for this user. Then the URL belongs to another account.
 *
 * A URL without a user, or with a slot in its place, belongs to the account of the template. So does each URL if the
 * Secret does not name the user.
 */
export function templateForUser(
  evaluation: Evaluation,
  { free, accounts }: Derivation,
  whole: UrlTemplate,
  user: string | undefined,
): UrlTemplate | undefined {
  const url = withOwnKeys(evaluation, whole);
  if (user === undefined || free.has('user') || !NO_SLOT.test(user)) return url;
  const own = url.parts.get('user');
  const namesUser = own !== undefined && isBound(evaluation, own);
  if (namesUser && hasUser(evaluation, own, user) && hasPassword(evaluation, url.parts.get('password')))
    return url;
  const account = accounts.find((one) => hasUser(evaluation, one.user, user));
  if (account === undefined) return namesUser && !hasUser(evaluation, own, user) ? undefined : url;
  if (!hasPassword(evaluation, account.password)) return undefined;
  return { ...url, parts: new Map([...url.parts, ['user', account.user], ['password', account.password]]) };
}

/** The template without the parts whose keys are the login of another system. */
function withOwnKeys(evaluation: Evaluation, url: UrlTemplate): UrlTemplate {
  const keyOf = (name: string): string => keyByName(evaluation, name);
  if (!hasKeysOfOtherSystem(evaluation.data, url, keyOf)) return url;
  const own = [...url.parts].filter(([part]) => !isKeyOfOtherSystem(evaluation.data, url, part, keyOf));
  return { ...url, parts: new Map(own) };
}

/** `<user>` and `${USER}` are no users. */
const NO_SLOT = /^[^${}<>]*$/;

const hasPassword = (evaluation: Evaluation, password: TemplateExpression | undefined): boolean =>
  password !== undefined && isBound(evaluation, password);

/**
 * The account has this user now, or had it before. The URL of a renamed user follows the base key, because it still has
 * the previous name.
 */
function hasUser(evaluation: Evaluation, expression: TemplateExpression, user: string): boolean {
  const { old, earlierData } = evaluation.request;
  return (
    isUserIn(evaluation, expression, user, evaluation.data) ||
    (old !== undefined && isUserIn(evaluation, expression, user, old.data)) ||
    (earlierData?.some((data) => isUserIn(evaluation, expression, user, data)) ?? false)
  );
}

function isUserIn(
  evaluation: Evaluation,
  expression: TemplateExpression,
  user: string,
  data: Evaluation['data'],
): boolean {
  const text = expectedPart(evaluation, expression, data);
  return text === user || text?.trim() === user;
}
