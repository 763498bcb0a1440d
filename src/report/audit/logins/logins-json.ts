import { fieldText } from '../../../engine/diagnosis/find-value/place.ts';
import type { LoginReport, LoginRow } from '../../../engine/diagnosis/ready/login-row.ts';
import { jsonText, notSeen } from '../../uses/uses-words.ts';

/** The JSON that docs/reference/audit-logins.md describes. An absent value is null. */
export const loginsJson = (
  { rows, secrets, unread, isAsked }: LoginReport,
  namespace: string | undefined,
): string =>
  jsonText({
    logins: rows.map(rowJson),
    secrets,
    asked: isAsked,
    unread,
    notSeen: notSeen(namespace),
  });

const rowJson = (row: LoginRow): object => {
  const { namespace, name, keys, role, server, credential, since, hash, copies, copyCount, manager, proof } =
    row;
  const { ready, obstacles, unknown } = row.readiness;
  return {
    namespace,
    name,
    userKey: keys.user,
    passwordKey: keys.password,
    role: role ?? null,
    server: server === undefined ? null : { host: server.host, port: server.port },
    credential: credential ?? null,
    passwordSince: since.time.toISOString(),
    orOlder: since.isAtLeast,
    hash: hash ?? null,
    copies: copies.map(({ kind, namespace: place, name: object, field, follows }) => ({
      kind,
      namespace: place,
      name: object,
      where: fieldText(field),
      follows: follows !== undefined,
    })),
    moreCopies: copyCount - copies.length,
    manager: manager === undefined ? null : { name: manager.name ?? null, sentence: manager.sentence },
    proof: proof === undefined ? null : proof.kind === 'now' ? 'now' : { since: proof.time },
    ready,
    reasons: obstacles,
    unknown,
  };
};
