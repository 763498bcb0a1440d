import t from 'tap';
import { aCreate, aPolicy, GOOD, reportedFindings, validated } from '../../../helpers/engine/engine.ts';

const decided = (data: Record<string, string>) => validated(aCreate(data, { name: 'ledger' }));
const found = (data: Record<string, string>): readonly string[] => reportedFindings(decided(data)).toSorted();

t.test('a secret shorter than 8 characters is a warning, whatever its key', async (t) => {
  for (const key of ['password', 'LEDGER_TOKEN', 'ledger.secret'])
    for (const value of ['48213', 'x7Kp', 'q8#Lm2!'])
      t.same(found({ [key]: value }), [`Warn ${key} weak`], `${key} ${value}`);
  t.same(found({ password: 'q8#Lm2!v' }), []);
  t.same(found({ LOGIN_PIN: 'x7Kp' }), ['Warn LOGIN_PIN weak']);
  for (const [key, value] of [
    ['CREDENTIALS', 'true'],
    ['PORT', '48213'],
    ['MAX_TOKENS', '4096'],
    ['TOKEN_TTL', '30m'],
    ['LOGIN_PIN', '8351'],
    ['sim.pin', '8351'],
  ] as const)
    t.same(found({ [key]: value }), [], key);
});

t.test('a value refused under one key is refused under each secret key that has it', async (t) => {
  const shared = 'zurimanta2024';
  t.same(found({ SHOP_USER: 'zurimanta', SHOP_PASSWORD: shared, OTHER_SECRET: shared, LABEL: shared }), [
    'Enforce OTHER_SECRET placeholder',
    'Enforce SHOP_PASSWORD placeholder',
  ]);
  const { findings } = decided({
    zk81xtqvw44x_token: 'zk81xtqvw44x-token',
    OTHER_SECRET: 'zk81xtqvw44x-token',
  });
  t.same(findings.map(({ message }) => message).toSorted(), [
    "has the value of zk81xtqvw44x_token, which repeats its own key's name",
    "repeats its own key's name",
  ]);
});

t.test('a key named like a user is not compared with itself', async (t) => {
  const policy = aPolicy('accounts', {
    match: {},
    keys: { rootUser: { sensitive: true }, proxyuser: { sensitive: true } },
  });
  t.same(
    reportedFindings(validated(aCreate({ rootUser: GOOD.password, proxyuser: GOOD.other }), [policy])),
    [],
  );
});
