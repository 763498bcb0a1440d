import type { Derivation } from '../../policy/policy.ts';
import type { TemplateExpression, UrlTemplate } from '../../policy/template/template.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';
import { type Evaluation, keyByName } from '../evaluation/evaluation.ts';
import { hasKeysOfOtherSystem, isKeyOfOtherSystem } from '../evaluation/foreign-system.ts';
import { expectedPart, isBound } from './render.ts';
import { isFilled } from './url-form.ts';

/**
 * The template that a URL must follow: that of its account. Undefined if the policy leaves this URL to another account.
 *
 * `bind: All` makes each URL one of the base keys' user. `bind: Password` does so only if the URL has their password,
 * because it may be the login of another user.
 */
export function templateToFollow(
  evaluation: Evaluation,
  derive: Derivation,
  whole: UrlTemplate,
  { user, password }: Pick<ConnectionString, 'user' | 'password'>,
): UrlTemplate | undefined {
  const account = accountOf(evaluation, derive, whole, user?.value);
  if (account.kind !== 'unknown') return account.url;
  if (derive.otherUser === 'Keep') return undefined;
  if (derive.bind === 'All') return account.url;
  const expression = account.url.parts.get('password');
  if (password === undefined || expression === undefined || !isBound(evaluation, expression))
    return undefined;
  if (expectedPart(evaluation, expression) === password.value) return account.url;
  const own = account.url.parts.get('user') ?? [];
  const followsRotation =
    isUserOfTenant(evaluation, own, { user }) && textsBefore(evaluation, expression).includes(password.value);
  return followsRotation ? account.url : undefined;
}

/**
 * `postgres.abcdefgh` of Supabase, `shop@acme` of Azure: the server knows the tenant by the name of the user. A user
 * that the base key had before is none.
 */
export function isUserOfTenant(
  evaluation: Evaluation,
  own: TemplateExpression,
  { user }: Pick<ConnectionString, 'user'>,
): boolean {
  const wanted = isBound(evaluation, own) ? (expectedPart(evaluation, own) ?? '') : '';
  if (user === undefined || wanted === '' || !user.value.startsWith(wanted)) return false;
  return /^[.@]./.test(user.value.slice(wanted.length)) && !textsBefore(evaluation, own).includes(user.value);
}

/** The texts that the base keys made of this part before. */
export function textsBefore(evaluation: Evaluation, expression: TemplateExpression): readonly string[] {
  const { old, earlierData = [] } = evaluation.request;
  const before = old === undefined ? earlierData : [old.data, ...earlierData];
  return before.flatMap((data) => expectedPart(evaluation, expression, data) ?? []);
}

/** The template of the account, but only for a user that the base keys name now or named before. */
export const templateForUser = (
  evaluation: Evaluation,
  derive: Derivation,
  whole: UrlTemplate,
  user: string | undefined,
): UrlTemplate | undefined => {
  const account = accountOf(evaluation, derive, whole, user);
  return account.kind === 'known' ? account.url : undefined;
};

type Account =
  | { readonly kind: 'known'; readonly url: UrlTemplate }
  /** One of `derive.accounts`, whose password the Secret does not hold. */
  | { readonly kind: 'locked'; readonly url: undefined }
  /** No base key names this user. `url` is the template of the policy. */
  | { readonly kind: 'unknown'; readonly url: UrlTemplate };

/**
 * The account that a URL logs in with: that of the template, or one of `derive.accounts`. A URL without a user, or with
 * a slot in its place, belongs to the account of the template. So does each URL if the Secret does not name the user.
 */
function accountOf(
  evaluation: Evaluation,
  { free, accounts }: Derivation,
  whole: UrlTemplate,
  user: string | undefined,
): Account {
  const url = withOwnKeys(evaluation, whole);
  if (user === undefined || free.has('user') || !isFilled(user)) return { kind: 'known', url };
  const own = url.parts.get('user');
  const namesUser = own !== undefined && isBound(evaluation, own);
  const isOwn = namesUser && hasUser(evaluation, own, user);
  if (isOwn && hasPassword(evaluation, url.parts.get('password'))) return { kind: 'known', url };
  const account = accounts.find((one) => hasUser(evaluation, one.user, user));
  if (account === undefined) return { kind: namesUser && !isOwn ? 'unknown' : 'known', url };
  if (!hasPassword(evaluation, account.password)) return { kind: 'locked', url: undefined };
  const parts = new Map([...url.parts, ['user', account.user], ['password', account.password]] as const);
  return { kind: 'known', url: { ...url, parts } };
}

/** The template without the parts whose keys are the login of another system. */
function withOwnKeys(evaluation: Evaluation, url: UrlTemplate): UrlTemplate {
  const keyOf = (name: string): string => keyByName(evaluation, name);
  if (!hasKeysOfOtherSystem(evaluation.data, url, keyOf)) return url;
  const own = [...url.parts].filter(([part]) => !isKeyOfOtherSystem(evaluation.data, url, part, keyOf));
  return { ...url, parts: new Map(own) };
}

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
