import t from 'tap';
import { placeholdersAmong, SHAPES } from '../../../helpers/engine/placeholder-hits.ts';

const VALUES = 20_000;

for (const shape of SHAPES)
  t.test(`of ${VALUES} random values no value is a placeholder: ${shape}`, async (t) =>
    t.same(placeholdersAmong(shape, VALUES, 20_240_229), []),
  );
