import type { Test } from 'tap';
import { aWorld } from '../credential/world.ts';
import { crashMatrix } from './crash-matrix.ts';
import { aCrashingTeam } from './crashing-team.ts';

/** Each with a login of its own: while one waits for its pods the others work. */
const TEAMS = 8;

/**
 * Abandons a rotation after each of its steps, and the process that takes over after each of its own. The API
 * server and PostgreSQL are real, and the controller runs in this process. Prints the table. /
 */
export async function everyPairOfSteps(t: Test, strategy: 'SingleUser' | 'AlternatingUsers'): Promise<void> {
  const world = await aWorld(t);
  const names = Array.from({ length: TEAMS }, (_, index) => `team-${index + 1}`);
  const teams = await Promise.all(names.map((name) => aCrashingTeam(world, name, { strategy, admin: true })));
  const { table, trials, misses } = await crashMatrix(`${strategy}, abandoned`, teams);
  t.comment(table);
  t.ok(trials > 60, `${trials} times`);
  t.same(misses, []);
}
