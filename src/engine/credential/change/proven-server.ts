import type { LoginRecord } from '../../record/login-record.ts';
import type { ServerTarget, Tls } from '../../server/target.ts';

/** From the least protected to the most. */
const TLS_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** `HOST:PORT MODE`, and the name of the certificate where that is another one. */
const PROVEN_SERVER = /^(\S+):(\d{1,5}) (disable|prefer|require|verify-ca|verify-full)(?: (\S+))?$/;

/** A server, as a record remembers it. */
export const serverIdentityOf = ({ host, port, tls }: ServerTarget): string =>
  `${host}:${port} ${tls.mode}${tls.name === undefined ? '' : ` ${tls.name}`}`;

interface ProvenServer {
  readonly host: string;
  readonly port: number;
  readonly mode: Tls['mode'];
  readonly name: string | undefined;
}

/** Undefined where nothing was proven yet. */
function parseProvenServer(at: string | undefined): ProvenServer | undefined {
  const [, host, port, mode, name] = PROVEN_SERVER.exec(at ?? '') ?? [];
  return host === undefined ? undefined : { host, port: Number(port), mode: mode as Tls['mode'], name };
}

/** Passwords that a record keeps are offered there alone: the same host and port, and protected no less than when the login was proven. */
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
 * The server on which work is done. A change that is under way is brought to its end on the server that it began on, for both of its passwords come from the record, and whoever
 * writes the Secret meanwhile must not have them sent elsewhere.
 */
export function activeTarget(target: ServerTarget, login: LoginRecord | undefined): ServerTarget {
  const proven = parseProvenServer(login?.at);
  if (login?.change === undefined || proven === undefined || isProvenServer(target, login.at)) return target;
  const { host, port, mode, name } = proven;
  const { name: _, ...tls } = target.tls;
  return { ...target, host, port, tls: { ...tls, mode, ...(name !== undefined && { name }) } };
}
