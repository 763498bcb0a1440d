import { POLICY_CONDITIONS } from '../../src/controllers/policy/status.ts';
import { CREDENTIAL_CONDITIONS } from '../../src/engine/credential/status/status.ts';
import type { ConditionTable } from '../../src/engine/secret/conditions.ts';
import { EVENT_REASONS } from '../../src/engine/secret/event-reasons.ts';
import {
  ANNOTATIONS,
  FIELD_MANAGERS,
  FINALIZERS,
  LABELS,
  SECRET_TYPES,
} from '../../src/engine/secret/kubernetes-names.ts';
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
    '## Annotations\n',
    namesTable('annotation', ANNOTATIONS),
    '## Labels\n',
    namesTable('label', LABELS),
    '## Finalizers\n',
    namesTable('finalizer', FINALIZERS),
    '## Types of Secrets\n',
    namesTable('type', SECRET_TYPES),
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

type Names = Readonly<
  Record<string, { readonly on: string; readonly setBy: string; readonly meaning: string }>
>;

const namesTable = (head: string, names: Names): string =>
  table(
    [head, 'on', 'set by', 'meaning'],
    Object.entries(names).map(([name, { on, setBy, meaning }]) => [code(name), on, setBy, meaning]),
  );
