import t from 'tap';
import {
  type StorageFacts,
  secretsInPlainText,
} from '../../../../src/engine/diagnosis/cluster-checks/encryption.ts';

const AESCBC = { 'k8s:enc:aescbc:v1:': 2, 'k1:': 2 };

type Counts = Readonly<Record<string, number>>;
interface Counted extends Partial<Omit<StorageFacts, 'written' | 'read'>> {
  readonly written?: Counts;
  readonly read?: Counts;
}

/** The result for an API server with these counters only. */
function reported({ written = {}, read = {}, ...rest }: Counted) {
  const facts = { failed: 0, stored: 0, hasConfiguration: true, countsByKind: true, ...rest };
  const asMap = (counts: Counts) => new Map(Object.entries(counts));
  const { outcome, message, fix } = secretsInPlainText({
    ...facts,
    written: asMap(written),
    read: asMap(read),
  });
  return { outcome, message, fix };
}

t.test('accepts Secrets that are written and read encrypted, and names the provider', async (t) => {
  t.match(reported({ written: AESCBC, read: AESCBC }), { outcome: 'ok', message: /\(aescbc\)/ });
  const kms = { 'k8s:enc:kms:v2:': 1, 'k8s:enc:kms:v2:a-name:': 1 };
  t.match(reported({ written: kms }), { outcome: 'ok', message: /\(KMS v2\)/ });
});

t.test('claims nothing about Secrets if the API server does not count them apart', async (t) => {
  t.match(reported({ written: AESCBC, read: AESCBC, countsByKind: false }), {
    outcome: 'unknown',
    message: /before Kubernetes 1\.32 it does not count Secrets apart/,
    fix: /names secrets/,
  });
});

t.test('warns of Secrets that no transformer has encrypted', async (t) => {
  t.match(reported({ stored: 1, hasConfiguration: false }), {
    outcome: 'warning',
    message: /^Secrets are not encrypted in etcd; /,
  });
  t.match(reported({ stored: 1 }), {
    outcome: 'warning',
    message: /its EncryptionConfiguration is not for Secrets/,
  });
});

t.test('warns of identity as the first provider, whatever was read', async (t) => {
  t.match(reported({ written: { '': 1 }, read: AESCBC }), {
    outcome: 'warning',
    message: /identity is the first provider/,
  });
  t.match(reported({ written: { '': 1, ...AESCBC } }), {
    outcome: 'warning',
    message: /in plain text and encrypted \(aescbc\)/,
  });
});

t.test('warns of Secrets from before the encryption, with the command that fixes it', async (t) => {
  t.match(reported({ written: AESCBC, read: { identity: 1 } }), {
    outcome: 'warning',
    message: /lie in etcd in plain text: .*new writes are encrypted \(aescbc\)/,
    fix: /kubectl get secrets -A -o json \| kubectl replace -f -/,
  });
  t.match(reported({ read: { identity: 1 } }), { outcome: 'warning', message: /it has written none since$/ });
});

t.test('reports unknown if the API server has written or read nothing since its start', async (t) => {
  t.match(reported({}), { outcome: 'unknown', message: /neither written nor read/ });
  t.match(reported({ read: AESCBC }), {
    outcome: 'unknown',
    message: /all .* read were encrypted \(aescbc\), and it has written none/,
  });
  t.match(reported({ read: AESCBC }).fix, /^have one written/);
});

t.test('warns of a removed key', async (t) => {
  t.match(reported({ failed: 3 }), { outcome: 'warning', message: /has failed to encrypt or decrypt/ });
  t.match(reported({ failed: 3, written: AESCBC }), { outcome: 'warning', message: /has failed/ });
});

t.test('the configured name of a key is no provider', async (t) => {
  t.match(reported({ written: { 'identity:': 1, 'k8s:enc:secretbox:v1:': 1 } }), {
    outcome: 'ok',
    message: /\(secretbox\)/,
  });
});
