import t from 'tap';
import { anUpdate, aPolicy, findingTexts, GOOD, validatedOnly } from '../../helpers/engine/engine.ts';

const policies = [
  aPolicy('shop', {
    match: {},
    keys: { ZEBRAQ_SECRET: { sensitive: true }, OTHER_TOKEN: { sensitive: true } },
  }),
];

t.test('a new copy of a stored value is refused for the reason of the stored key', async (t) => {
  const update = anUpdate(
    { ZEBRAQ_SECRET: 'zebraq1', OTHER_TOKEN: GOOD.other },
    { ZEBRAQ_SECRET: 'zebraq1', OTHER_TOKEN: 'zebraq1' },
  );
  const found = findingTexts(validatedOnly(update, policies));
  t.ok(found.includes('Enforce OTHER_TOKEN placeholder'));
  t.ok(found.includes('Warn ZEBRAQ_SECRET placeholder'));
});

t.test('a placeholder under both keys is reported once for each, and not as shared', async (t) => {
  const update = anUpdate(
    { ZEBRAQ_SECRET: GOOD.key, OTHER_TOKEN: GOOD.other },
    { ZEBRAQ_SECRET: 'CHANGE_ME', OTHER_TOKEN: 'CHANGE_ME' },
  );
  t.same(findingTexts(validatedOnly(update, policies)), [
    'Enforce OTHER_TOKEN placeholder',
    'Enforce ZEBRAQ_SECRET placeholder',
  ]);
});
