import type { LoginRecord } from '../../secret/record/login-record.ts';
import type { ServerTarget, Tls } from './target.ts';

/** From the weakest protection to the strongest. */
const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** `HOST:PORT MODE`, and the name in the certificate if it differs from the host. */
const PROVEN_SERVER = /^(\S+):(\d{1,5}) (disable|prefer|require|verify-ca|verify-full)(?: (\S+))?$/;

/** The form in which a record stores a server. */
export const serverIdentityOf = ({ host, port, tls }: ServerTarget): string =>
  `${host}:${port} ${tls.mode}${tls.name === undefined ? '' : ` ${tls.name}`}`;

interface ProvenServer {
  readonly host: string;
  readonly port: number;
  readonly mode: Tls['mode'];
  readonly name: string | undefined;
}

/** Undefined if no login was proven yet. */
function parseProvenServer(at: string | undefined): ProvenServer | undefined {
  const [, host, port, mode, name] = PROVEN_SERVER.exec(at ?? '') ?? [];
  return host === undefined ? undefined : { host, port: Number(port), mode: mode as Tls['mode'], name };
}

/**
 * lockstep sends passwords of the record to that server alone. Host and port must be the same, and the protection must
 * not be weaker than at the proven login.
 */
export function isProvenServer({ host, port, tls }: ServerTarget, at: string | undefined): boolean {
  const proven = parseProvenServer(at);
  return (
    proven !== undefined &&
    proven.host === host &&
    proven.port === port &&
    TLS_MODES.indexOf(tls.mode) >= TLS_MODES.indexOf(proven.mode)
  );
}

/**
 * The server for the present work. A change in progress stays on the server where it began, because both of its
 * passwords come from the record. A user who writes the Secret must not be able to send them to another server.
 */
export function activeTarget(target: ServerTarget, login: LoginRecord | undefined): ServerTarget {
  const proven = parseProvenServer(login?.at);
  if (login?.change === undefined || proven === undefined || isProvenServer(target, login.at)) return target;
  const { host, port, mode, name } = proven;
  const { name: _, ...tls } = target.tls;
  return { ...target, host, port, tls: { ...tls, mode, ...(name !== undefined && { name }) } };
}
