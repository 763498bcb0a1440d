import { namePattern } from './key-name.ts';
import type { ValueText } from './value-text.ts';
import type { Classify, Detect, DetectorContext, PlaceholderVerdict } from './verdict.ts';

const PLACEHOLDER: PlaceholderVerdict = { rule: 'placeholder', message: 'is a placeholder' };

/** `NEO4J_AUTH: neo4j/password`, `auth: admin:password`, `app:password@tcp(mysql:3306)/orders`. */
export function passwordOfLogin(
  { text }: ValueText,
  context: DetectorContext,
  classify: Classify,
): PlaceholderVerdict | undefined {
  const [, password] =
    (context.name.matches(AUTH_KEY) ? LOGIN.exec(text) : undefined) ?? GO_MYSQL.exec(text) ?? [];
  return password === undefined ? undefined : classify.value(password, { ...context, role: 'secret' });
}
const AUTH_KEY = namePattern(/auth$/i);
const LOGIN = /^[\w.@-]{1,64}[:/]([^\s:/]{3,})$/;
/** The form of go-sql-driver. */
const GO_MYSQL = /^[^:@/\s]{1,64}:(?!\/\/)([^@\s]{1,128})@(?:tcp6?\(|unix\(|\([\w.-]+:\d{1,5}\)\/)/;

/** `gateway:gateway`, `broker:changeme`: a user and its password. */
export const loginWithPlaceholder: Detect = (value, context, classify) =>
  isLoginWithPlaceholder(value, context, classify) ? PLACEHOLDER : undefined;

function isLoginWithPlaceholder({ text }: ValueText, context: DetectorContext, classify: Classify): boolean {
  const [, user, password] = USER_AND_PASSWORD.exec(text) ?? [];
  if (user === undefined || password === undefined) return false;
  return (
    password === user ||
    (password.length >= MIN_PASSWORD_LENGTH &&
      classify.part(password, { ...context, known: [...(context.known ?? []), user] }) !== undefined)
  );
}
const USER_AND_PASSWORD = /^([a-z][a-z0-9_.-]{2,63}):([^\s:/]{3,128})$/;
/** Random signs have a colon and a shorter word behind it by chance. */
const MIN_PASSWORD_LENGTH = 6;

/** `client-key-001,admin-key-002` */
export const listOfPlaceholders: Detect = (value, context, classify) =>
  isListOfPlaceholders(value, context, classify) ? PLACEHOLDER : undefined;

function isListOfPlaceholders({ text }: ValueText, context: DetectorContext, classify: Classify): boolean {
  // A sentence has commas too, and so may a passphrase of plain words.
  if (/\s/.test(text)) return false;
  const items = text.split(',', MAX_ITEMS + 1);
  return (
    items.length > 1 &&
    items.length <= MAX_ITEMS &&
    items.every((item) => item.length >= MIN_ITEM_LENGTH && /[\d_-]/.test(item)) &&
    items.every((item) => classify.part(item, context) !== undefined)
  );
}
const MAX_ITEMS = 16;
const MIN_ITEM_LENGTH = 3;
