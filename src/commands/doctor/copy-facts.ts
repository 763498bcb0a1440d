import type { CopyFacts, CopyState, SourceFacts } from '../../engine/diagnosis/secret-checks/copies-check.ts';
import {
  agreedCopy,
  copyObstacle,
  hasLogin,
  loginForCopies,
  type NamesCopies,
  namedSourceOf,
  notAgreed,
} from '../../engine/login/copies/login-copy.ts';
import type { LoginCopy } from '../../engine/login/credential-schema/stated-spec.ts';
import { CHANGES_ROLE } from '../../engine/login/server-kinds/login-roles.ts';
import type { SecretRecord } from '../../engine/secret/record/record.ts';
import type { Secret } from '../../engine/secret/secret.ts';
import type { Cluster } from '../../kube/client/connect.ts';
import { readRecord } from '../../kube/record/records.ts';
import { readSecret } from '../../kube/secrets/stored-secrets.ts';
import { readSourceCredential } from '../adapters/credentials.ts';
import { attemptFact } from './cluster-facts.ts';
import { GRANT_HINT } from './reference-facts.ts';

/** The copies that the PostgresCredential names. Reads one at a time, because a tenant chooses their number. */
export async function copyFacts(
  cluster: Cluster,
  credential: NamesCopies,
  record: SecretRecord | undefined,
): Promise<readonly CopyFacts[]> {
  const facts: CopyFacts[] = [];
  for (const copy of credential.spec.copies) {
    const found = await attemptFact(
      async () => stateOf((await readSecret(cluster, copy))?.secret, credential, copy, record),
      GRANT_HINT,
    );
    const state = found.kind === 'found' ? found.fact : ({ ...found, kind: 'unread' } as const);
    facts.push({ namespace: copy.namespace, name: copy.name, state });
  }
  return facts;
}

function stateOf(
  secret: Secret | undefined,
  credential: NamesCopies,
  copy: LoginCopy,
  record: SecretRecord | undefined,
): CopyState {
  const changesRole = credential.spec.strategy === CHANGES_ROLE;
  const reason =
    secret === undefined ? notAgreed(credential, copy) : copyObstacle(secret, credential, copy, changesRole);
  return reason === undefined
    ? { kind: 'follows', hasLogin: hasProvenLogin(secret, copy, record) }
    : { kind: 'obstacle', reason };
}

function hasProvenLogin(
  secret: Secret | undefined,
  copy: LoginCopy,
  record: SecretRecord | undefined,
): boolean | undefined {
  const login = record?.login && loginForCopies(record.login);
  return login && hasLogin(secret?.data, copy, login);
}

/** The source that the Secret names as a copy. Undefined if it names none. */
export async function sourceFacts(cluster: Cluster, secret: Secret): Promise<SourceFacts | undefined> {
  const source = namedSourceOf(secret);
  if (source === undefined) return undefined;
  const found = await attemptFact(() => readSourceCredential(cluster, secret), GRANT_HINT);
  if (found.kind === 'unknown') return { source, credentialName: found, hasLogin: undefined };
  const credential = found.fact;
  const copy = credential && agreedCopy(secret, credential);
  // Without the right to read the record, the login of the source is not known.
  const lookup = copy && (await attemptFact(() => readRecord(cluster, source)));
  const record = lookup?.kind === 'found' && lookup.fact.kind === 'read' ? lookup.fact.record : undefined;
  return {
    source,
    credentialName: { kind: 'found', fact: credential?.name },
    hasLogin: copy && hasProvenLogin(secret, copy, record),
  };
}
