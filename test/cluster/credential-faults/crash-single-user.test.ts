import t from 'tap';
import { everyPairOfSteps } from '../../helpers/credential/every-pair.ts';

t.test('whatever step a process dies after, and the next one too, all is as it must be', (t) =>
  everyPairOfSteps(t, 'SingleUser'),
);
