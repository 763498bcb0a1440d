import t from 'tap';
import { json } from '../../../src/report/check/json.ts';
import { EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';

const options = { colour: true, strict: false };

t.test('prints each field of the contract', async (t) => {
  const { secrets, objects, errors, ...rest } = JSON.parse(json(EVERYTHING, options));
  t.same(rest, {
    hints: [
      {
        kind: 'kustomization',
        message: '1 kustomization: kubectl kustomize k8s | lockstep check -',
        files: ['k8s/kustomization.yaml'],
      },
    ],
  });
  t.same(secrets[0], {
    ref: 'recon/app',
    file: 'k8s/app.yaml',
    line: 1,
    verdict: 'deny',
    findings: [
      {
        rule: 'placeholder',
        key: 'JWT_SECRET',
        action: 'Enforce',
        message: 'is a placeholder',
        fix: 'set a generated value, e.g. openssl rand -base64 48',
        line: 12,
        column: 3,
        policy: 'jwt-keys',
      },
      {
        rule: 'non-ascii',
        key: 'TITLE',
        action: 'Warn',
        message: 'holds a character outside ASCII',
        fix: 'spell it out',
        line: 9,
        column: 3,
      },
    ],
    suppressed: [],
    changes: [{ key: 'DATABASE_URL', reason: 'mismatch' }],
  });
  t.equal(secrets.length, 5);
  t.same(objects, [
    {
      kind: 'Deployment',
      ref: 'recon/api',
      file: 'k8s/api.yaml',
      line: 1,
      findings: [
        {
          rule: 'missing-reference',
          key: '',
          action: 'Warn',
          message: 'the variable DATABASE_URL: the Secret app has no key DATABASE_URI',
          fix: 'did you mean DATABASE_URL?',
          line: 20,
          column: 15,
        },
      ],
      suppressed: [],
    },
  ]);
  t.same(errors, [
    { file: 'k8s/app.yaml', line: 30, message: 'is no valid YAML: a bracket is not closed' },
    { file: 'absent.yaml', line: null, message: 'does not exist' },
  ]);
});

t.test('names come out as they are', async (t) => {
  const { secrets } = JSON.parse(json(HOSTILE, options));
  t.equal(secrets[0].file, HOSTILE.secrets[0]?.file);
});
