import { POLICY_CONDITIONS } from '../../src/controllers/policy/status.ts';
import { CREDENTIAL_CONDITIONS } from '../../src/engine/credential/status/status.ts';
import type { ConditionTable } from '../../src/engine/secret/conditions.ts';
import { EVENT_REASONS } from '../../src/engine/secret/event-reasons.ts';
import { FIELD_MANAGERS } from '../../src/engine/secret/kubernetes-names.ts';
import { code, table } from './table.ts';

/** The names that lockstep writes to objects of a cluster, from the tables that the code is checked against. */
export const clusterSection = (): string =>
  [
    '## Events\n',
    table(
      ['reason', 'type', 'object', 'meaning'],
      Object.entries(EVENT_REASONS).map(([reason, { type, about, meaning }]) => [
        code(reason),
        type,
        about,
        meaning,
      ]),
    ),
    '## Conditions\n',
    table(
      ['kind', 'condition', 'reason', 'meaning'],
      [
        ...conditionRows('SecretPolicy', POLICY_CONDITIONS),
        ...conditionRows('PostgresCredential', CREDENTIAL_CONDITIONS),
      ],
    ),
    '## Labels and annotations\n',
    'They are on [a page of their own](labels-and-annotations.md), with the finalizers and the types of Secrets.\n',
    '## Field managers\n',
    table(
      ['field manager', 'used by'],
      Object.entries(FIELD_MANAGERS).map(([name, usedBy]) => [code(name), usedBy]),
    ),
  ].join('\n');

function conditionRows(kind: string, conditions: ConditionTable): readonly (readonly string[])[] {
  return Object.entries(conditions).flatMap(([type, byStatus]) =>
    Object.entries(byStatus).flatMap(([status, meanings]) =>
      Object.entries(meanings).map(([reason, meaning]) => [
        kind,
        code(`${type}=${status}`),
        code(reason),
        meaning,
      ]),
    ),
  );
}
