import { hitsAtMost } from '../../helpers/engine/placeholder-hits.ts';

// Half a million values of each shape. One hit in a million is the aim.
hitsAtMost(1, 100_000, [20_250_301, 20_260_401, 7, 4_294_967_291, 1_234_567]);
