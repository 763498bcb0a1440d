import t from 'tap';
import { placeholdersAmong, SHAPES } from '../../../helpers/engine/placeholder-hits.ts';

const VALUES = 100_000;
const SEEDS = [20_250_301, 20_260_401, 7, 4_294_967_291, 1_234_567];
const VALUES_PER_HIT = 1_000_000;

t.test('of a million random values at most one is a placeholder', async (t) => {
  const hits = SHAPES.flatMap((shape) => SEEDS.flatMap((seed) => placeholdersAmong(shape, VALUES, seed)));
  const values = VALUES * SEEDS.length * SHAPES.length;
  t.comment(`${hits.length} of ${values}: ${hits.join(', ')}`);
  t.ok(hits.length * VALUES_PER_HIT <= values, `${hits.length} of ${values}`);
});
