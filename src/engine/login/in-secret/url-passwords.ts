import { MAX_TEXT_BYTES } from '../../review/evaluation/input-artifact.ts';
import { parsedConnection } from '../../review/evaluation/parsed-connection.ts';
import type { SecretData } from '../../secret/record/record.ts';
import { Sensitive } from '../../secret/sensitive.ts';
import { systemNamed } from '../../value/systems/systems.ts';
import type { ConnectionString } from '../../value/uri/connection.ts';

/** A Secret that people made has fewer. The limit keeps a hostile one from a login for each of its keys. */
const MAX_URLS = 8;

/** The passwords of a role in the URLs of that system among these values, whatever the names of the keys are. */
export function urlPasswords(
  data: SecretData,
  role: string,
  system: string,
): readonly { readonly key: string; readonly password: Sensitive }[] {
  const found: { readonly key: string; readonly password: Sensitive }[] = [];
  for (const [key, value] of data) {
    if (found.length === MAX_URLS) break;
    const password = value.size > MAX_TEXT_BYTES ? undefined : passwordOf(value, role, system);
    if (password !== undefined) found.push({ key, password });
  }
  return found;
}

const passwordOf = (value: Sensitive, role: string, system: string): Sensitive | undefined =>
  value.withPlaintext((plain) => {
    const connection = parsedConnection(plain);
    if (connection === undefined || !isLoginOf(connection, system, role)) return undefined;
    const text = connection.password?.value;
    return text === undefined || text === '' ? undefined : Sensitive.fromText(text);
  });

/** A URL without a user is one of the default user, if that system has one. */
export const isLoginOf = (
  { system, user }: Pick<ConnectionString, 'system' | 'user'>,
  wanted: string,
  role: string,
): boolean => system === wanted && (user?.value ?? systemNamed(wanted).user) === role;

/** A URL of Sentinels, or of the nodes of a cluster. lockstep changes the users of one server alone. */
export const isOfSeveralServers = ({
  system,
  scheme,
  host,
}: Pick<ConnectionString, 'system' | 'scheme' | 'host'>): boolean =>
  system === 'redis' && (/[+-](?:sentinel|cluster)$/i.test(scheme) || host?.value.includes(',') === true);
