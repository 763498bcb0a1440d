import t from 'tap';
import { isNamespaceName, isObjectName } from '../../../../src/engine/secret/kubernetes/name.ts';

t.test('accepts the names that the API server accepts', async (t) => {
  for (const name of ['a', 'shop', 'shop-db.v1', '0', 'a'.repeat(253)]) t.ok(isObjectName(name), name);
  for (const name of ['a', 'shop-prod', '0', 'a'.repeat(63)]) t.ok(isNamespaceName(name), name);
});

t.test('refuses every other name', async (t) => {
  const refused = ['', 'Shop', 'shop_db', '-shop', 'shop-', '.shop', 'shop..db', 'shop.-db', 'shop\n', 'a/b'];
  for (const name of [...refused, 'a'.repeat(254)]) t.notOk(isObjectName(name), JSON.stringify(name));
  for (const name of [...refused, 'shop.db', 'a'.repeat(64)])
    t.notOk(isNamespaceName(name), JSON.stringify(name));
});
