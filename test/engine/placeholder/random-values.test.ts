import { hitsAtMost } from '../../helpers/engine/placeholder-hits.ts';

hitsAtMost(0, 20_000, [20_240_229]);
