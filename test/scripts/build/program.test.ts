import t from 'tap';
import { programOfCommand } from '../../../scripts/build/program.ts';

t.test('three commands have a program of their own', async (t) => {
  for (const command of ['check', 'serve', 'audit'] as const) t.equal(programOfCommand(command), command);
  for (const command of ['render', 'program', '--version', '-h', undefined])
    t.equal(programOfCommand(command), 'program');
});
