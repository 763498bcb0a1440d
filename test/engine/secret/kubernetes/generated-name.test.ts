import t from 'tap';
import {
  generatorNameOf,
  isOfSameGenerator,
  missingSecretReason,
} from '../../../../src/engine/secret/kubernetes/generated-name.ts';

t.test('a name with a hash of kustomize', async (t) => {
  t.equal(generatorNameOf('app-9b7bht2f7m'), 'app');
  t.equal(generatorNameOf('app-login-2k68tmfgh4'), 'app-login');
  for (const name of [
    'app',
    'app-9b7bht2f7',
    'app-9b7bht2f7mm',
    'app-9b7bht2f7a',
    'app-0000000000',
    '-9b7bht2f7m',
  ])
    t.equal(generatorNameOf(name), undefined, name);
});

t.test('the names of one generator', async (t) => {
  t.ok(isOfSameGenerator('app-9b7bht2f7m', 'app-2k68tmfgh4'));
  t.ok(isOfSameGenerator('app', 'app-2k68tmfgh4'));
  for (const other of ['app-9b7bht2f7m', 'app-login-9b7bht2f7m', 'other', 'app-9b7bht2f7'])
    t.notOk(isOfSameGenerator('app-9b7bht2f7m', other), other);
});

t.test('the condition names the Secret that kustomize made, of this name alone', async (t) => {
  t.equal(
    missingSecretReason('app', ['other', 'other-9b7bht2f7m', 'app-login-9b7bht2f7m']),
    'there is no such Secret',
  );
  t.match(
    missingSecretReason('app', ['other', 'app-9b7bht2f7m']),
    /^there is no such Secret, but kustomize made app-9b7bht2f7m, and .*disableNameSuffixHash to true/,
  );
});
