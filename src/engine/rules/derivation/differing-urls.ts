import { placeholderMatchOf } from '../../derivation/placeholder-match.ts';
import { isBound } from '../../derivation/render.ts';
import type { Evaluation } from '../../evaluation/evaluation.ts';
import { MAX_TEXT_BYTES } from '../../evaluation/input-artifact.ts';
import { parsedConnection } from '../../evaluation/parsed-connection.ts';
import { placeOfFix } from '../../secret/owners.ts';
import { systemNamed } from '../../systems/systems.ts';
import type { ConnectionString } from '../../uri/connection.ts';
import { shortHost } from '../../uri/hosts.ts';
import type { Violation } from '../rule.ts';

/**
 * Two URLs of one login with two passwords, such as `DATABASE_URL` and `DIRECT_URL`. No base key says which of them is
 * right, but the server accepts one of the passwords. `reported` are keys with another password than their base key.
 */
export function differingUrls(evaluation: Evaluation, reported: ReadonlySet<string>): readonly Violation[] {
  const { data, plan, request } = evaluation;
  const firstOfLogin = new Map<string, { readonly key: string; readonly password: string }>();
  const violations: Violation[] = [];
  for (const key of plan.keysOfSecret) {
    const value = data.get(key);
    if (value === undefined || value.size > MAX_TEXT_BYTES) continue;
    if (reported.has(key) || followsBase(evaluation, key)) continue;
    const connection = value.withPlaintext(parsedConnection);
    const login = connection && loginOf(connection, request.secret.namespace);
    const password = connection?.password?.value;
    if (login === undefined || !password || placeholderMatchOf(evaluation, key) !== undefined) continue;
    const first = firstOfLogin.get(login);
    if (first === undefined) firstOfLogin.set(login, { key, password });
    else if (first.password !== password)
      violations.push(violationOf(key, first.key, placeOfFix(request.secret)));
  }
  return violations;
}

/** The rule `mismatch` reports a derived URL with another password than its base key. */
function followsBase(evaluation: Evaluation, key: string): boolean {
  const expression = evaluation.managedKeys.get(key)?.entry.derive?.template.url?.parts.get('password');
  return expression !== undefined && isBound(evaluation, expression);
}

/** Undefined unless the URL names a user, one server and a database, and such a user has one password. */
function loginOf(
  { system, user, host, port, database }: ConnectionString,
  namespace: string,
): string | undefined {
  const { path, ports } = systemNamed(system);
  if (path !== 'name' || !user?.value || !host?.value || !database?.value) return undefined;
  return JSON.stringify([
    system,
    user.value,
    shortHost(host.value, namespace),
    port?.value || ports[0],
    database.value,
  ]);
}

const violationOf = (key: string, other: string, place: string): Violation => ({
  key,
  other,
  message: `holds a URL with another password than ${other} for the same login`,
  fix: `put the same password into both${place}`,
});
