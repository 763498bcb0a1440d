import type { CheckedSecret, CheckFinding, CheckReport } from '../../../src/report/check-report.ts';

export function aCheckFinding(finding: Partial<CheckFinding> = {}): CheckFinding {
  return {
    rule: 'placeholder',
    key: 'JWT_SECRET',
    action: 'Enforce',
    message: 'is a placeholder',
    fix: 'set a generated value, e.g. openssl rand -base64 48',
    line: 9,
    column: 3,
    ...finding,
  };
}

export function aCheckedSecret(secret: Partial<CheckedSecret> = {}): CheckedSecret {
  return {
    ref: 'recon/app',
    file: 'k8s/app.yaml',
    line: 1,
    verdict: 'allow',
    findings: [],
    changes: [],
    ...secret,
  };
}

/** One of everything: denied, mutated, warned, clean, ciphertext, an unreadable document, a missing file, a hint. */
export const EVERYTHING: CheckReport = {
  secrets: [
    aCheckedSecret({
      verdict: 'deny',
      findings: [
        aCheckFinding({ line: 12, policy: 'jwt-keys' }),
        aCheckFinding({
          rule: 'non-ascii',
          key: 'TITLE',
          action: 'Warn',
          message: 'holds a character outside ASCII',
          fix: 'spell it out',
        }),
      ],
      changes: [
        {
          key: 'DATABASE_URL',
          reason: 'mismatch',
          effect: 'password now follows POSTGRES_PASSWORD',
          line: 10,
          column: 5,
        },
      ],
    }),
    aCheckedSecret({
      ref: 'recon/mended',
      file: 'k8s/mended.yaml',
      verdict: 'fix',
      changes: [
        {
          key: 'DATABASE_URL',
          reason: 'derived',
          effect: 'derived from POSTGRES_PASSWORD',
          line: 2,
          column: 1,
        },
      ],
    }),
    aCheckedSecret({ ref: 'recon/clean', file: 'k8s/clean.yaml' }),
    aCheckedSecret({ ref: 'recon/sealed*', file: 'k8s/sealed.yaml', verdict: 'skip' }),
    aCheckedSecret({
      ref: 'recon/whole',
      file: 'k8s/clean.yaml',
      line: 20,
      findings: [
        aCheckFinding({
          rule: 'exposed-annotation',
          key: '',
          action: 'Audit',
          message: 'has a copy',
          fix: 'remove it',
        }),
      ],
    }),
  ],
  objects: [
    {
      kind: 'Deployment',
      ref: 'recon/api',
      file: 'k8s/api.yaml',
      line: 1,
      findings: [
        aCheckFinding({
          rule: 'missing-reference',
          key: '',
          action: 'Warn',
          line: 20,
          column: 15,
          message: 'the variable DATABASE_URL: the Secret app has no key DATABASE_URI',
          fix: 'did you mean DATABASE_URL?',
        }),
      ],
    },
  ],
  errors: [
    { file: 'k8s/app.yaml', line: 30, message: 'is no valid YAML: a bracket is not closed' },
    { file: 'absent.yaml', line: undefined, message: 'does not exist' },
  ],
  hints: [{ file: 'k8s/kustomization.yaml', kind: 'kustomization', target: 'k8s' }],
};

/** Names of a file and a key that try to break out of the format. */
export const HOSTILE: CheckReport = {
  secrets: [
    aCheckedSecret({
      ref: 'a/b"<&>\u0000',
      file: 'k8s/100%,a:b\n::error::x\u001b[31m]]>.yaml',
      verdict: 'deny',
      findings: [
        aCheckFinding({
          rule: 'invalid-key',
          key: 'A\r\n::set-output name=x::y%0A\u0007\ud800',
          message: 'is no key <&>"\'\u2028',
          fix: 'rename it, 100%: a,b\u202e',
        }),
      ],
    }),
  ],
  objects: [
    {
      kind: 'Deploy\u001b[31mment',
      ref: 'a/b"<&>\u0000',
      file: 'k8s/api\n::error::x.yaml',
      line: 1,
      findings: [aCheckFinding({ key: '', action: 'Warn', message: 'a\n::error::b', fix: 'c\u2028d' })],
    },
  ],
  errors: [{ file: 'é\u0001 x.yaml', line: 1, message: 'is broken\n\u0008' }],
  hints: [
    { file: '\u009b31m', kind: 'example' },
    { file: 'a', kind: 'chart', target: '\u001b]0;x\u0007' },
  ],
};
