import t from 'tap';
import { accepted, prints, printsNoneOf, refused, silent } from '../../../scripts/demo/claims.ts';
import { aCanary } from '../../helpers/canary/canary.ts';

const result = { stdout: '', stderr: '', exitCode: 0 };

t.test('a step that does not show what it says is told apart from one that does', async (t) => {
  t.equal(accepted(result), undefined);
  t.match(accepted({ ...result, exitCode: 1 }), 'exited with 1');

  t.equal(refused({ ...result, exitCode: 1 }), undefined);
  t.match(refused(result), 'took it');

  t.equal(silent(result), undefined);
  t.match(silent({ ...result, stderr: 'Warning' }), 'nothing was expected');

  t.equal(prints('created')({ ...result, stdout: 'secret/a created\n' }), undefined);
  t.match(prints('created')(result), 'expected to be printed: created');
});

t.test('a value that kubectl prints fails the step', async (t) => {
  const value = aCanary();
  const patch = `{"data":{"KEY":"${Buffer.from(value).toString('base64')}"}}`;
  t.equal(printsNoneOf([value])(result), undefined);
  t.match(printsNoneOf([value])({ ...result, stderr: patch }), 'a value was printed (base64)');
});
