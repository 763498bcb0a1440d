import { readFileSync } from 'node:fs';
import t from 'tap';
import { installPolicies } from '../../helpers/cluster/versioned-secret.ts';
import { byUrl } from '../../helpers/credential/deviations.ts';
import { aTeam, type Team } from '../../helpers/credential/team.ts';
import { aWorld, conditionOf, messageOf, untilInStep } from '../../helpers/credential/world.ts';
import { until } from '../../testbed/process/until.ts';

interface Vector {
  readonly id: string;
  readonly user: string;
  readonly password: string;
}

const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL('../../data/url-vectors.json', import.meta.url), 'utf8'),
);
const of = (letter: string): readonly Vector[] => vectors.filter(({ id }) => id.startsWith(letter));
/**
 * Passwords with a control character, such as a line break, and the empty one. The PostgresCredential reports them, and
 * the server is not changed.
 */
const TOLD = ['P23', 'P24', 'P25', 'P26', 'P42'];
const FIRST = 'of the first day, long enough';

const world = await aWorld(t);
const { cluster, postgres, controllers } = world;
// They are strange, not strong.
const template =
  'postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}/${POSTGRES_DB}';
await installPolicies(cluster, {
  strange: {
    match: { names: ['app'] },
    keys: { POSTGRES_PASSWORD: {}, DATABASE_URL: { derive: { template } } },
  },
});
const { daemon } = await controllers.lead('controller', { LOCKSTEP_PROPAGATION_SECONDS: '0' });

/** Edits the Secret, and tells what became of it. */
async function edited(team: Team, password: string, wasTold = false): Promise<string> {
  const before = (await team.record())?.login;
  await team.edit({ POSTGRES_PASSWORD: password });
  let isTold = false;
  await until(`${JSON.stringify(password)} to come to an end`, [daemon], async () => {
    const [record, credential] = [await team.record(), await team.credential()];
    isTold = !wasTold && conditionOf(credential, 'Ready') === 'False';
    const { rotated, failed } = record?.login ?? {};
    const isOver =
      rotated?.getTime() !== before?.rotated?.getTime() ||
      failed?.time.getTime() !== before?.failed?.time.getTime();
    return isTold || isOver;
  });
  if (isTold) return `told: ${messageOf(await team.credential(), 'Ready')}`;
  await untilInStep(team, [daemon]);
  const { DATABASE_URL: url = '', ...secret } = await team.secret();
  for (const [driver, isLetIn] of await byUrl(url, postgres)) if (!isLetIn) return `${driver} is not let in`;
  return secret.POSTGRES_PASSWORD === password ? 'in force' : 'put back';
}

t.test('every password of the vectors is set on the server, or refused with a reason', async (t) => {
  const passwords = of('P');
  t.equal(passwords.length, 42);
  const LANES = 6;
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      const team = await aTeam(world, `lane-${lane}`, { admin: lane % 2 === 0, pods: 0, password: FIRST });
      await untilInStep(team, [daemon]);
      for (const { id, password } of passwords.filter((_, index) => index % LANES === lane)) {
        const end = await edited(team, password);
        if (!TOLD.includes(id)) {
          t.equal(end, 'in force', id);
          continue;
        }
        t.match(end, /^told: .*POSTGRES_PASSWORD/, id);
        t.equal(await edited(team, `${FIRST}, ${id}`, true), 'in force', `after ${id}`);
      }
    }),
  );
});

t.test('passwords of roles with the names of the vectors are set or refused too', async (t) => {
  const users = of('U');
  t.equal(users.length, 8);
  await Promise.all(
    users.map(async ({ id, user, password }) => {
      const team = await aTeam(world, id.toLowerCase(), { role: user, pods: 0, password: FIRST });
      await untilInStep(team, [daemon]);
      t.equal(await edited(team, password), 'in force', id);
    }),
  );
});
