import { pageUrl } from '../../secret/finding/docs-url.ts';
import { type CheckResult, ok, unknown, warning } from '../check-result.ts';

/**
 * The count for each transformer, named by its prefix in etcd: `k8s:enc:aescbc:v1:`. Plain text has an empty name or
 * `identity`.
 */
export type Transformed = ReadonlyMap<string, number>;

/** The counters of one API server since its start. */
export interface StorageFacts {
  /** Secrets written to etcd, and read from it. Counted only if an EncryptionConfiguration covers Secrets. */
  readonly written: Transformed;
  readonly read: Transformed;
  /** Secrets that could not be encrypted or decrypted. */
  readonly failed: number;
  /** Writes of Secrets to etcd, and Secrets that are known to be there. With 0 the check has no evidence. */
  readonly stored: number;
  /**
   * An EncryptionConfiguration is loaded, for Secrets or for other resources. Kubernetes reports it since 1.34. Before,
   * this is false.
   */
  readonly hasConfiguration: boolean;
  /** Kubernetes counts Secrets apart since 1.32. Before, the counts cover every kind that it encrypts. */
  readonly countsByKind: boolean;
}

const SEE = pageUrl('operate/handling-of-values.md#encryption-at-rest');
const REWRITE = 'write them all again: kubectl get secrets -A -o json | kubectl replace -f -';
const PLAIN = 'a user who can read the disk of etcd, or a backup of it, can read them';

/** A warning and no fault: the cluster may use an encrypted disk instead. */
export function secretsInPlainText(facts: StorageFacts): CheckResult {
  const written = providersOf(facts.written);
  const read = providersOf(facts.read);
  if (written.length + read.length === 0) return untransformed(facts);
  if (written.includes(IDENTITY)) return writtenInPlainText(written);
  if (read.includes(IDENTITY)) return readInPlainText(written);
  if (facts.failed > 0) return warning(FAILED, FAILED_FIX);
  if (written.length === 0) return unknown(`${readBy(read)}, and it has written none since`, WRITE_ONE);
  if (!facts.countsByKind)
    return unknown(
      `this API server encrypts objects in etcd (${written.join(', ')}), but before Kubernetes 1.32 it does not count Secrets apart`,
      `see that its EncryptionConfiguration names secrets; ${SEE}`,
    );
  return ok(
    `Secrets are encrypted in etcd (${written.join(', ')}), all that this API server has written and read`,
  );
}

const FAILED = 'this API server has failed to encrypt or decrypt a Secret since it started';
const FAILED_FIX =
  'see its log: a key was removed that Secrets are still encrypted with, or the KMS plugin did not answer';
const WRITE_ONE =
  'have one written, and ask again: kubectl -n default create secret generic lockstep-doctor, then delete it';

/** No transformer was used. If Secrets went to etcd and came from it, this proves that none is configured. */
function untransformed({ stored, failed, hasConfiguration }: StorageFacts): CheckResult {
  if (failed > 0) return warning(FAILED, FAILED_FIX);
  const isFor = hasConfiguration ? ': its EncryptionConfiguration is not for Secrets' : '';
  if (stored > 0)
    return warning(`Secrets are not encrypted in etcd${isFor}; ${PLAIN}`, `encrypt them: ${SEE}`);
  return unknown('this API server has neither written nor read a Secret since it started', WRITE_ONE);
}

function writtenInPlainText(written: readonly string[]): CheckResult {
  const others = written.filter((provider) => provider !== IDENTITY);
  if (others.length === 0) {
    return warning(
      `Secrets are written to etcd in plain text, because identity is the first provider of the EncryptionConfiguration; ${PLAIN}`,
      `put another provider first, then ${REWRITE}; ${SEE}`,
    );
  }
  return warning(
    `since it started, this API server has written Secrets in plain text and encrypted (${others.join(', ')}): its EncryptionConfiguration was changed`,
    `see that identity is not its first provider, then ${REWRITE}`,
  );
}

function readInPlainText(written: readonly string[]): CheckResult {
  const now =
    written.length === 0 ? 'it has written none since' : `new writes are encrypted (${written.join(', ')})`;
  return warning(
    `Secrets lie in etcd in plain text: this API server has read some so since it started, and ${now}`,
    `${REWRITE}; what was read before counts until the API server starts again`,
  );
}

const readBy = (read: readonly string[]): string =>
  `all Secrets that this API server has read were encrypted (${read.join(', ')})`;

const IDENTITY = 'identity';

/**
 * The prefixes in etcd before the value, each once. Other counters are keys of a provider, with names from the
 * configuration.
 */
function providersOf(transformed: Transformed): readonly string[] {
  const providers = [...transformed].flatMap(([prefix, count]) => (count > 0 ? providerOf(prefix) : []));
  return [...new Set(providers)].sort();
}

function providerOf(prefix: string): readonly string[] {
  if (prefix === '' || prefix === IDENTITY) return [IDENTITY];
  const [, provider, version] = /^k8s:enc:([a-z]{1,20}):(v\d)/.exec(prefix) ?? [];
  if (provider === undefined) return [];
  return [provider === 'kms' ? `KMS ${version}` : provider];
}
