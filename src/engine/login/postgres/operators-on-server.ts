import type { OtherManager } from '../../secret/other-managers.ts';

/** The traces of operators in a server. They show which tool manages the roles. */
export interface ServerTraces {
  /** The `markerRole` of each operator that exists in the server. */
  readonly operatorRoles: readonly string[];
  /** The server has roles with a Vault lease. */
  readonly hasLeases: boolean;
  readonly ownsDatabase: boolean;
  /** The role has a VALID UNTIL. */
  readonly expires: boolean;
}

interface Operator {
  readonly who: string;
  /** A role with this name belongs to this operator alone. */
  readonly markerRole: string;
  readonly ownRoles: readonly string[];
  /** The operator sets the password of roles that own a database. */
  readonly managesOwners: boolean;
}

/**
 * Operators whose role names are fixed in their sources. Their other roles have no comment or setting that shows the
 * operator.
 */
const OPERATORS: readonly Operator[] = [
  {
    who: 'CloudNativePG',
    markerRole: 'streaming_replica',
    ownRoles: ['postgres', 'streaming_replica', 'cnpg_pooler_pgbouncer', 'cnpg_metrics_exporter'],
    managesOwners: true,
  },
  {
    who: "Zalando's operator",
    markerRole: 'robot_zmon',
    ownRoles: ['postgres', 'standby', 'pooler', 'admin', 'cron_admin', 'zalandos', 'robot_zmon'],
    managesOwners: true,
  },
  {
    who: 'the operator of Crunchy Data or of Percona',
    markerRole: '_crunchyrepl',
    ownRoles: ['postgres', '_crunchyrepl', '_crunchypgbouncer', 'ccp_monitoring', 'monitor'],
    managesOwners: false,
  },
];

export const OPERATOR_ROLES: readonly string[] = OPERATORS.map(({ markerRole }) => markerRole);

/**
 * Vault's template for role names: `v-`, the requester, Vault's own role, 20 random characters and the time. PostgreSQL
 * and JavaScript read the pattern alike.
 */
export const LEASED_ROLE_PATTERN = '^v-.*-[A-Za-z0-9]{20}-[0-9]{10}$';

/** The other manager of this role, as far as the server shows it. A static role of Vault leaves no trace at all. */
export function otherManagerOnServer(role: string, traces: ServerTraces): OtherManager | undefined {
  if (traces.expires && new RegExp(LEASED_ROLE_PATTERN).test(role))
    return conflict(
      `the role ${role} is on lease from Vault, and is dropped when that ends: take another role`,
    );
  const operator = OPERATORS.find(({ markerRole }) => traces.operatorRoles.includes(markerRole));
  if (operator !== undefined) return managerFromOperator(role, traces, operator);
  if (!traces.hasLeases) return undefined;
  return {
    kind: 'warning',
    sentence: `Vault has roles on this server: make sure that ${role} is no static role of it, whose password it would change`,
  };
}

function managerFromOperator(
  role: string,
  { ownsDatabase }: ServerTraces,
  { who, ownRoles, managesOwners }: Operator,
): OtherManager {
  if (ownRoles.includes(role)) return conflict(`the role ${role} belongs to ${who}, which runs this server`);
  if (ownsDatabase && managesOwners)
    return conflict(
      `${who} runs this server and sets the password of ${role}, which owns a database: change it there, or use a role that owns none`,
    );
  return {
    kind: 'warning',
    sentence: `${who} runs this server: make sure that ${role} is not among the roles whose passwords it sets`,
  };
}

const conflict = (sentence: string): OtherManager => ({ kind: 'conflict', sentence });
