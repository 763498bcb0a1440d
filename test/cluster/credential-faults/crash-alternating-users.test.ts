import t from 'tap';
import { everyPairOfSteps } from '../../helpers/crash/every-pair-of-steps.ts';

t.test('Secret and server agree after crashes at any two steps', (t) =>
  everyPairOfSteps(t, 'AlternatingUsers'),
);
