import t from 'tap';
import { everyPairOfSteps } from '../../helpers/crash/every-pair-of-steps.ts';

t.test('whatever step a process dies after, and the next one too, all is as it must be', (t) =>
  everyPairOfSteps(t, 'AlternatingUsers'),
);
