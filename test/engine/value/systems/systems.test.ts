import t from 'tap';
import { PLAIN_SCHEMES, systemOf } from '../../../../src/engine/value/systems/scheme.ts';
import {
  POLICY_SERVERS,
  SYSTEMS,
  type System,
  systemNamed,
} from '../../../../src/engine/value/systems/systems.ts';

const rows: readonly (readonly [string, System])[] = Object.entries(SYSTEMS);
const columns = Object.keys(SYSTEMS.mysql).sort();

t.test('each system has each column', (t) => {
  for (const [name, system] of rows) t.same(Object.keys(system).sort(), columns, name);
  t.end();
});

t.test('a system that a policy can be about has ports and key names', (t) => {
  for (const [name, system] of rows) {
    if (!system.hasPolicies) continue;
    t.ok(system.ports.length > 0, `${name}: ports`);
    t.ok(system.keyNames !== undefined, `${name}: keyNames`);
  }
  t.same(POLICY_SERVERS, ['mysql', 'sqlserver', 'mongodb', 'redis', 'amqp', 'smtp']);
  t.end();
});

t.test('no two systems share a scheme, a port of generic keys, a driver, or the key of a URL', (t) => {
  for (const column of ['schemes', 'genericPorts', 'drivers', 'urlKeys'] as const) {
    const texts = rows.flatMap(([, system]) => [...system[column]]);
    t.same(texts, [...new Set(texts)], column);
    if (column === 'urlKeys') continue;
    t.same(
      texts.filter((text) => text !== text.toLowerCase()),
      [],
      column,
    );
  }
  for (const [name, { schemes, tls }] of rows)
    t.same(
      Object.keys(tls).filter((scheme) => !schemes.includes(scheme)),
      [],
      `${name}: tls`,
    );
  t.end();
});

t.test('a scheme is found with its driver, and an unknown one is its own system', (t) => {
  for (const [name, { schemes }] of rows)
    for (const scheme of schemes)
      for (const one of [
        scheme,
        `${scheme}+driver`,
        `jdbc:${scheme}`,
        `jdbc:aws-wrapper:${scheme}`,
        `db+${scheme}`,
      ])
        t.equal(systemOf(one), name, one);
  t.equal(systemOf('https'), 'https');
  t.equal(systemNamed('https').kind, 'web');
  t.equal([...PLAIN_SCHEMES].length, rows.flatMap(([, { schemes }]) => schemes).length);
  t.end();
});
