import { placeOfFix } from '../../secret/owners.ts';
import type { Sensitive } from '../../secret/sensitive.ts';
import {
  type CertificateFault,
  certificateFaults,
  MAX_PEM_BYTES,
} from '../../value/certificate/certificate-faults.ts';
import { placeholderMatchOf } from '../derivation/placeholder-match.ts';
import type { BudgetedContext } from '../evaluation/budget.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import { factsByKey } from '../evaluation/facts-by-key.ts';
import { memberFaultsOf } from './embedded-members.ts';
import type { SecretRule, Violation } from './rule.ts';

const CHAIN = 'tls.crt';
const KEY = 'tls.key';
const TLS = 'kubernetes.io/tls';

export const invalidCertificate: SecretRule = {
  id: 'invalid-certificate',
  meaning:
    'The key `tls.crt` holds no certificate that can be read, or `tls.key` no private key. An encrypted private key is a warning.',
  example: 'tls.crt: a certificate that is indented, cut off or base64 inside base64',
  remediation: 'Insert the whole PEM file, from its BEGIN line to its END line, without indentation.',
  check: violationsOf({
    'no-certificate': {
      key: CHAIN,
      message: 'holds no PEM certificate that can be read',
      fix: 'insert the whole file, and begin each of its lines at the left margin',
    },
    'no-private-key': {
      key: KEY,
      message: 'holds no PEM private key that can be read',
      fix: 'insert the whole file, and begin each of its lines at the left margin',
    },
    'encrypted-key': {
      key: KEY,
      message: 'holds an encrypted private key, which ingress controllers can not read',
      fix: 'insert the decrypted key: openssl pkey -in FILE',
      maxAction: 'Warn',
    },
  }),
};

export const certificateMismatch: SecretRule = {
  id: 'certificate-mismatch',
  meaning:
    'The private key in `tls.key` does not belong to the certificate in `tls.crt`. A server refuses to start with such a pair, or serves its default certificate.',
  example: 'a renewed tls.crt with the old tls.key',
  remediation: 'Put both files of one issuance into the Secret.',
  check: violationsOf({
    'key-of-another-certificate': {
      key: KEY,
      other: CHAIN,
      message: `is not the private key of the certificate in ${CHAIN}`,
      fix: 'insert the key and the certificate of one issuance',
    },
  }),
};

export const certificateOrder: SecretRule = {
  id: 'certificate-order',
  meaning:
    'The certificates in `tls.crt` are not in order. The first must belong to `tls.key`, and each one must be signed by the next.',
  example: 'tls.crt: the certificate of the CA, then the one of the server',
  remediation: 'Put the certificate of the server first, then its issuer, then the issuer of that one.',
  check: violationsOf({
    'key-of-a-later-certificate': {
      key: CHAIN,
      other: KEY,
      message: `does not begin with the certificate of ${KEY}`,
      fix: 'put the certificate of the server first, then its issuers in order',
    },
    'chain-out-of-order': {
      key: CHAIN,
      message: 'holds a chain in the wrong order',
      fix: 'put the certificate of the server first, then its issuers in order',
    },
  }),
};

export const expiredCertificate: SecretRule = {
  id: 'expired-certificate',
  meaning: 'A certificate in `tls.crt` has expired or is not yet valid.',
  example: 'tls.crt: a certificate that was valid until last month',
  remediation: 'Insert a renewed certificate. If a new one is not yet valid, check the clock of its issuer.',
  maxAction: 'Warn',
  check: violationsOf({
    expired: {
      key: CHAIN,
      message: 'holds a certificate that has expired',
      fix: 'insert a renewed certificate',
    },
    'not-yet-valid': {
      key: CHAIN,
      message: 'holds a certificate that is not yet valid',
      fix: 'insert one that is valid now',
    },
  }),
};

/** The check of a rule that reports these faults. All four rules share one reading of the certificates. */
function violationsOf(
  violations: Readonly<Partial<Record<CertificateFault, Violation>>>,
): SecretRule['check'] {
  return (evaluation, context) =>
    faultsOf(evaluation, context).flatMap((fault) => {
      const violation = violations[fault];
      if (violation === undefined) return [];
      const place = placeOfFix(evaluation.request.secret);
      // The owner writes both keys again when it renews them, and reads no denial.
      return place === ''
        ? [violation]
        : [{ ...violation, fix: `${violation.fix}${place}`, maxAction: 'Warn' }];
    });
}

const knownFaults = factsByKey<readonly CertificateFault[]>();

function faultsOf(evaluation: Evaluation, context: BudgetedContext): readonly CertificateFault[] {
  const { data, request } = evaluation;
  const { type } = request.secret;
  if (type !== TLS && type !== 'Opaque') return [];
  const chain = data.get(CHAIN);
  const key = data.get(KEY);
  if (chain === undefined || key === undefined) return [];
  return knownFaults(evaluation, CHAIN, () => {
    if (![chain, key].every((value) => isComplete(value, type))) return [];
    if ([CHAIN, KEY].some((name) => isPlaceholder(evaluation, name))) return [];
    context.budget.spend(chain.size + key.size);
    return certificateFaults(chain, key, context.now());
  });
}

/** Another rule reports such a value. */
const isPlaceholder = (evaluation: Evaluation, key: string): boolean =>
  placeholderMatchOf(evaluation, key) !== undefined || memberFaultsOf(evaluation, key).length > 0;

/**
 * A blank value is filled in later, for example by cert-manager. An Opaque Secret may keep anything under these names,
 * so that only PEM counts.
 */
function isComplete(value: Sensitive, type: string): boolean {
  if (value.isEmpty || value.size > MAX_PEM_BYTES) return false;
  return value.withPlaintext(({ text }) =>
    type === TLS ? text?.trim() !== '' : text?.includes('-----BEGIN ') === true,
  );
}
