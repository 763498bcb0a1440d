import { generatorNameOf } from './kubernetes/generated-name.ts';
import { ownerOf } from './owners.ts';
import type { Secret } from './secret.ts';

/** A tool that sets the password of a role, or writes the Secret that holds it. */
export interface OtherManager {
  readonly kind: /** Two would fight: nothing is changed. */
    | 'conflict'
    /**
     * The Secret is a copy. The change must happen at its source, and lockstep sets the copied password in the server.
     */
    | 'external-store'
    /** There may be another manager, but nothing proves it. */
    | 'warning';
  readonly sentence: string;
}

/** Kinds whose controllers only copy a Secret. They don't know the server. */
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

/** Kinds and tools that also set the password in the server. */
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

/** With these labels an operator follows a Secret that the team writes. */
const RELOAD_LABELS: readonly (readonly [label: string, who: string])[] = [
  ['cnpg.io/reload', 'CloudNativePG'],
  ['k8s.enterprisedb.io/reload', 'the operator of EDB'],
];

/** The other manager of this Secret, as far as its metadata shows it. `operators-on-server.ts` looks at the server. */
export function otherManagerOf(secret: Secret): OtherManager | undefined {
  const owner = ownerOf(secret);
  if (owner !== undefined) return managerFromOwner(owner);
  const [label, who] = RELOAD_LABELS.find(([label]) => secret.labels.has(label)) ?? [];
  if (who === undefined) return undefined;
  return {
    kind: 'conflict',
    sentence: `${who} follows this Secret, by its label ${label}, and may give its password to the server; where it does not, remove the label`,
  };
}

/**
 * The reason why lockstep writes no password into the Secret, which is a copy: a sentence. Undefined if it may. Git
 * makes another Secret in place of an immutable one with a hash in its name.
 */
export function copyReasonOf(secret: Secret): string | undefined {
  const manager = otherManagerOf(secret);
  if (manager?.kind === 'external-store') return manager.sentence;
  return manager === undefined && secret.immutable && generatorNameOf(secret.name) !== undefined
    ? IMMUTABLE_COPY
    : undefined;
}

const IMMUTABLE_COPY =
  'kustomize made this immutable Secret: change the password in Git, and lockstep sets that of the next Secret in the server';

function managerFromOwner(owner: string): OtherManager {
  const [kind = owner] = owner.split('/');
  if (COPYING_OWNERS.has(kind))
    return {
      kind: 'external-store',
      sentence: `${owner} writes this Secret: its password is changed where that takes it from, and what arrives is carried into the server`,
    };
  if (SERVER_MANAGING_OWNERS.has(kind))
    return {
      kind: 'conflict',
      sentence: `${owner} writes this Secret and gives its password to the server: it is changed there, and not by two`,
    };
  return {
    kind: 'conflict',
    sentence: `${owner} writes this Secret, and would undo what is changed in it; name a Secret of your own`,
  };
}
