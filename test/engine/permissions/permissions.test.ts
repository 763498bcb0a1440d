import t from 'tap';
import { SIBLING_LABEL, SIBLING_OF } from '../../../src/engine/permissions/derived-secret-marks.ts';
import { asLogin, type Mandate, mandateOver } from '../../../src/engine/permissions/permissions.ts';
import type { Secret } from '../../../src/engine/secret/secret.ts';
import { aPolicy, around, aSecret, GOOD } from '../../helpers/engine/engine.ts';

const over = (specs: readonly object[], rest: Partial<Secret> = {}): Mandate =>
  mandateOver(
    aSecret({ TOKEN: GOOD.key }, rest),
    undefined,
    specs.map((spec, index) => aPolicy(`p${index}`, spec)),
    around,
  );

const annotations = new Map([['lockstep.dev/generate', 'true']]);
const GENERATED = { keys: { TOKEN: { generate: { bytes: 32 } } } };
const PLAIN = { keys: { OTHER: {} } };
const OWNED = { controller: 'ExternalSecret/app' };

t.test('what no policy asks for is not done', async (t) => {
  const none = { heals: false, generates: false, restarts: false, isManaged: false, isAttended: false };
  t.match(over([PLAIN]), { ...none, writes: true });
  t.match(over([]), { ...none, writes: true });
  t.match(over([GENERATED]), none);
});

t.test('one policy of several is enough', async (t) => {
  t.match(over([{ heal: 'Off', ...PLAIN }, { heal: 'Drift' }]), {
    heals: true,
    generates: false,
    restarts: false,
  });
  t.match(over([PLAIN, { restart: true }]), { heals: false, restarts: true });
  t.match(over([PLAIN, GENERATED], { annotations }), { heals: false, generates: true });
  t.equal(over([PLAIN, { restart: true }]).isAttended, true);
  const old = { keys: { TOKEN: { maxAge: '30d' }, OTHER: {} } };
  t.match(over([PLAIN, old]), { isManaged: false, isAttended: true });
});

t.test(
  'no value is made in a Secret that is not to be written; its consumers may be restarted',
  async (t) => {
    for (const rest of [{ immutable: true }, OWNED])
      t.match(over([{ ...GENERATED, heal: 'Always', restart: true }], { ...rest, annotations }), {
        writes: false,
        heals: false,
        generates: false,
        restarts: true,
        isManaged: true,
      });
  },
);

t.test('a sibling, and a Secret that asks for one, are attended to', async (t) => {
  const asks = { annotations: new Map([['lockstep.dev/derived-secret', 'true']]) };
  t.equal(over([PLAIN], { ...OWNED, ...asks }).isAttended, true);
  t.equal(over([PLAIN], OWNED).isAttended, false);
  const sibling = {
    name: 'app-derived',
    labels: new Map([[SIBLING_LABEL, 'true']]),
    annotations: new Map([[SIBLING_OF, 'app']]),
  };
  t.equal(over([PLAIN], sibling).isAttended, true);
});

t.test('a login is managed, and its consumers are restarted where either asks', async (t) => {
  const restarts = { restart: true };
  t.match(asLogin(over([PLAIN]), { restart: false }), { restarts: false, isManaged: true, isAttended: true });
  t.equal(asLogin(over([PLAIN]), restarts).restarts, true);
  t.equal(asLogin(over([restarts]), { restart: false }).restarts, true);
});
