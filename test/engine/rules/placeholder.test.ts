import { readFileSync } from 'node:fs';
import t from 'tap';
import { aCreate, reportedFindings, validated } from '../../helpers/engine/engine.ts';

const published: Record<string, readonly string[]> = JSON.parse(
  readFileSync(new URL('../../data/published-values.json', import.meta.url), 'utf8'),
);

t.test('the key of an emulator is reported, and never refused', async (t) => {
  const keys = Object.entries(published).flatMap(([source, values]) =>
    source.startsWith('emulators') ? values : [],
  );
  t.ok(keys.length > 3);
  for (const key of keys)
    t.same(reportedFindings(validated(aCreate({ STORAGE_SECRET_KEY: key }, { name: 'cloud' }))), [
      'Warn STORAGE_SECRET_KEY placeholder',
    ]);
});

t.test('another published value is refused', async (t) => {
  const values = published['documentation of AWS, MinIO']!;
  t.ok(values.length > 3);
  for (const value of values)
    t.same(reportedFindings(validated(aCreate({ STORAGE_SECRET_KEY: value }, { name: 'cloud' }))), [
      'Enforce STORAGE_SECRET_KEY placeholder',
    ]);
});
