import type { Test } from 'tap';
import { aWorld } from '../credential/world.ts';
import { crashMatrix } from './crash-matrix.ts';
import { aCrashingTeam } from './crashing-team.ts';

/** Each with a login of its own: while one waits for its pods the others work. */
const TEAMS = 8;

/**
 * A rotation is abandoned after each of its steps, and whoever takes over after each of theirs: on a real API server
 * and a real PostgreSQL, in this process. Prints the table.
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
