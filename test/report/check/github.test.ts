import t from 'tap';
import { github } from '../../../src/report/check/github.ts';
import { EVERYTHING, HOSTILE } from '../../helpers/commands/check-report.ts';

const options = { colour: false, strict: false };

t.test('an annotation for each finding, change and error', async (t) => {
  t.same(github(EVERYTHING, options).split('\n').slice(0, 6), [
    '::error file=k8s/app.yaml,line=30,title=lockstep::k8s/app.yaml: is no valid YAML: a bracket is not closed',
    '::error file=absent.yaml,title=lockstep::absent.yaml: does not exist',
    '::warning file=k8s/app.yaml,line=9,col=3,title=lockstep/non-ascii::recon/app: TITLE holds a character outside ASCII: spell it out',
    '::notice file=k8s/app.yaml,line=10,col=5,title=lockstep/mismatch::recon/app: lockstep will correct DATABASE_URL: password now follows POSTGRES_PASSWORD: run lockstep render',
    '::error file=k8s/app.yaml,line=12,col=3,title=lockstep/placeholder::recon/app: JWT_SECRET is a placeholder: set a generated value, e.g. openssl rand -base64 48 (policy jwt-keys)',
    '::notice file=k8s/mended.yaml,line=2,col=1,title=lockstep/derived::recon/mended: lockstep will add DATABASE_URL: derived from POSTGRES_PASSWORD: run lockstep render',
  ]);
});

t.test('no name of a file or a key becomes a command or a property of its own', async (t) => {
  const lines = github(HOSTILE, options).trimEnd().split('\n');
  t.equal(lines.length, 6);
  t.same(
    lines.slice(3, 5).map((line) => line.replace(/::.*::.*: /, '')),
    ['\\u009b31m', "helm template '\\u001b]0;x\\u0007' | lockstep check -"],
    'a hint is a notice',
  );
  for (const line of lines.slice(0, 3)) {
    t.match(line, /^::(?:error|warning) file=[^,:]+,line=\d+(,col=\d+)?,title=[^,:]+::[^\r\n]*$/);
  }
  t.match(lines[1], /file=k8s\/100%25%2Ca%3Ab%0A%3A%3Aerror%3A%3Ax/);
  t.notMatch(lines[1], /100%:/);
  const error = { file: 'a\u001b[31m\t.yaml', line: 1, message: 'is a list' };
  const raised = github({ secrets: [], objects: [], errors: [error], hints: [] }, options);
  t.notMatch(raised, /[\0-\x09\x0b-\x1f]/, 'no escape sequence reaches the log');
});
