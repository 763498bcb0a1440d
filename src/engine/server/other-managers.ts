import { ownerOf } from '../secret/owners.ts';
import type { Secret } from '../secret/secret.ts';

/** Somebody else who sets the password of a role, or the Secret that holds it. */
export interface OtherManager {
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
const COPYING_OWNERS: ReadonlySet<string> = new Set([
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
const SERVER_MANAGING_OWNERS: ReadonlySet<string> = new Set([
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
const RELOAD_LABELS: readonly (readonly [label: string, who: string])[] = [
  ['cnpg.io/reload', 'CloudNativePG'],
  ['k8s.enterprisedb.io/reload', 'the operator of EDB'],
];

/** Who else writes this Secret, or carries it into a server. What only the server shows: `others-on-server.ts`. */
export function otherManagerOf(secret: Secret): OtherManager | undefined {
  const owner = ownerOf(secret);
  if (owner !== undefined) return managerFromOwner(owner);
  const [label, who] = RELOAD_LABELS.find(([label]) => secret.labels.has(label)) ?? [];
  if (who === undefined) return undefined;
  return {
    kind: 'refuse',
    sentence: `${who} follows this Secret, by its label ${label}, and may give its password to the server; where it does not, remove the label`,
  };
}

function managerFromOwner(owner: string): OtherManager {
  const [kind = owner] = owner.split('/');
  if (COPYING_OWNERS.has(kind))
    return {
      kind: 'store-first',
      sentence: `${owner} writes this Secret: its password is changed where that takes it from, and what arrives is carried into the server`,
    };
  if (SERVER_MANAGING_OWNERS.has(kind))
    return {
      kind: 'refuse',
      sentence: `${owner} writes this Secret and gives its password to the server: it is changed there, and not by two`,
    };
  return {
    kind: 'refuse',
    sentence: `${owner} writes this Secret, and would undo what is changed in it; name a Secret of your own`,
  };
}
