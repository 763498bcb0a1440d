import { ownerOf } from '../secret/owners.ts';
import type { Secret } from '../secret/secret.ts';

/** Somebody else who sets the password of a role, or the Secret that holds it. */
export interface OtherWriter {
  readonly kind: /** Two would fight: nothing is changed. */
    | 'refuse'
    /** The Secret is a copy: it is changed where it comes from, and lockstep carries what arrives into the server. */
    | 'store-first'
    /** It may be so, and does not show. */
    | 'beware';
  /** A sentence. */
  readonly sentence: string;
}

/** Kinds whose controllers copy a Secret from somewhere, and know nothing of a server. */
const COPIERS: ReadonlySet<string> = new Set([
  'ExternalSecret',
  'SealedSecret',
  'SopsSecret',
  'VaultStaticSecret',
  'OnePasswordItem',
  'InfisicalSecret',
  'DopplerSecret',
  'BitwardenSecret',
  'AzureKeyVaultSecret',
  'External Secrets',
  'Sealed Secrets',
]);

/** Kinds and tools that give the password to the server as well. */
const KEEPERS: ReadonlySet<string> = new Set([
  'Cluster',
  'DatabaseRole',
  'CloudNativePG',
  'the operator of EDB',
  'PostgresCluster',
  'PerconaPGCluster',
  'the operator of Crunchy Data',
  'postgresql',
  "Zalando's operator",
  'SGCluster',
  'StackGres',
  'Postgres',
  'KubeDB',
  'PostgresUser',
  'PostgresqlUserRole',
  'VaultDynamicSecret',
]);

/** By these labels a team has an operator follow a Secret of its own. */
const FOLLOWERS: readonly (readonly [label: string, who: string])[] = [
  ['cnpg.io/reload', 'CloudNativePG'],
  ['k8s.enterprisedb.io/reload', 'the operator of EDB'],
];

/** Who else writes this Secret, or carries it into a server. What only the server shows: `others-on-server.ts`. */
export function otherWriterOf(secret: Secret): OtherWriter | undefined {
  const owner = ownerOf(secret);
  if (owner !== undefined) return ofOwner(owner);
  const [label, who] = FOLLOWERS.find(([label]) => secret.labels.has(label)) ?? [];
  if (who === undefined) return undefined;
  return {
    kind: 'refuse',
    sentence: `${who} follows this Secret, by its label ${label}, and may give its password to the server; where it does not, remove the label`,
  };
}

function ofOwner(owner: string): OtherWriter {
  const [kind = owner] = owner.split('/');
  if (COPIERS.has(kind))
    return {
      kind: 'store-first',
      sentence: `${owner} writes this Secret: its password is changed where that takes it from, and what arrives is carried into the server`,
    };
  if (KEEPERS.has(kind))
    return {
      kind: 'refuse',
      sentence: `${owner} writes this Secret and gives its password to the server: it is changed there, and not by two`,
    };
  return {
    kind: 'refuse',
    sentence: `${owner} writes this Secret, and would undo what is changed in it; name a Secret of your own`,
  };
}
