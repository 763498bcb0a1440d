import t from 'tap';
import { concernsLogin } from '../../../src/commands/controller/build-controller.ts';

/** The credentials of `shop/app`. */
const CREDENTIALS = {
  forSecret: ({ namespace, name }: { namespace: string; name: string }) =>
    namespace === 'shop' && name === 'app' ? ({} as never) : undefined,
  formerForSecret: () => undefined,
};
const concerns = (namespace: string, name: string): boolean =>
  concernsLogin(CREDENTIALS, { namespace, name });

// The credential can be read before the full scan knows the Secret. Nothing else tells it then.
t.test('a full scan reconciles the Secret of a login, and one of kustomize with its name', async (t) => {
  t.ok(concerns('shop', 'app'));
  t.ok(concerns('shop', 'app-cmb4cg6gmd'));
  t.notOk(concerns('shop', 'app-login'));
  t.notOk(concerns('other', 'app-cmb4cg6gmd'));
});
