import type { RoleFacts } from '../postgres/role-server.ts';
import { loginOutcome } from '../result/login-finding.ts';
import type { LoginResult } from '../result/login-result.ts';
import type { ServerTarget } from '../server/target.ts';
import type { AdminRights } from './strategy.ts';

/** The answers of a server to logins that only read. */
export interface ServerAnswer extends Pick<ServerTarget, 'system'> {
  readonly result: LoginResult;
  /** The login is possible over TLS. Undefined if no answer shows it. */
  readonly offersTls: boolean | undefined;
  /** Undefined if the login was not let in. */
  readonly role: RoleFacts | undefined;
  /** Undefined without an administrator, or if it was not asked. */
  readonly admin: AdminRights | 'refused' | undefined;
  /** The reason why Redis lets no change begin: a sentence. */
  readonly obstacle?: string | undefined;
}

/** The administrator opens the server and may change the role, as far as it was asked. */
export const isUsableAdmin = (answer: ServerAnswer | undefined): boolean =>
  answer?.admin === undefined || (answer.admin !== 'refused' && answer.admin.mayAlter);

/** The obstacles that a login has found, as sentences. */
export function answerFaults(answer: ServerAnswer | undefined, hasAdmin: boolean): readonly string[] {
  if (answer === undefined) return [];
  const outcome = loginOutcome(answer.result, answer.system);
  const { role, obstacle } = answer;
  return [
    ...(outcome.kind === 'denied' ? [`the login ${outcome.message}; ${outcome.fix}`] : []),
    ...(obstacle === undefined ? [] : [obstacle]),
    ...(role?.otherManager?.kind === 'conflict' ? [role.otherManager.sentence] : []),
    ...(role !== undefined && !role.mayAlter && !hasAdmin
      ? ['the role may not change its own password: name an administrator by --admin-secret']
      : []),
  ];
}

/** Remarks on the same answer, as sentences. */
export function answerNotes(answer: ServerAnswer | undefined): readonly string[] {
  if (answer === undefined) return [];
  const { result, role } = answer;
  const outcome = loginOutcome(result, answer.system);
  return [
    ...(outcome.kind === 'untried' ? [`The login could not be tried: ${outcome.why}.`] : []),
    ...(outcome.kind === 'warned' ? [`The password ${outcome.message}; ${outcome.fix}.`] : []),
    ...(result.kind === 'ok' && result.standby
      ? ['This server is a standby: name the primary under spec.server.host.']
      : []),
    ...(answer.admin === 'refused'
      ? ['The login of the administrator does not open the server, so it is left out.']
      : []),
    ...(typeof answer.admin === 'object' && !answer.admin.mayAlter
      ? ['The administrator may not change the password of this role, so it is left out.']
      : []),
    ...(role?.otherManager?.kind === 'warning' ? [`${role.otherManager.sentence}.`] : []),
  ];
}
