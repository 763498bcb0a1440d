import type { OtherManager } from './other-managers.ts';

/** What a server shows of those who look after its roles. */
export interface ServerTraces {
  /** Those of `TELLTALES` that are there. */
  readonly operatorRoles: readonly string[];
  /** Somebody has roles of a lease there. */
  readonly hasLeases: boolean;
  /** The role owns a database. */
  readonly ownsDatabase: boolean;
  /** The role has a VALID UNTIL. */
  readonly expires: boolean;
}

interface Operator {
  readonly who: string;
  /** A role of this name is nobody else's. */
  readonly markerRole: string;
  /** Roles that it makes for itself. */
  readonly ownRoles: readonly string[];
  /** It sets the password of those that own a database. */
  readonly managesOwners: boolean;
}

/** Whose names are fixed in their sources. Their other roles are known by nothing: no comment, no setting. */
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

/** Vault's template for names: `v-`, who asked, the role of Vault's, 20 characters of chance, the time. PostgreSQL and JavaScript read it alike. */
export const LEASED_ROLE_PATTERN = '^v-.*-[A-Za-z0-9]{20}-[0-9]{10}$';

/** Who else sets the password of this role, by what the server shows. A static role of Vault's leaves no trace at all. */
export function otherManagerOnServer(role: string, traces: ServerTraces): OtherManager | undefined {
  if (traces.expires && new RegExp(LEASED_ROLE_PATTERN).test(role))
    return conflict(
      `the role ${role} is on lease from Vault, and is dropped when that ends: take another role`,
    );
  const operator = OPERATORS.find(({ markerRole }) => traces.operatorRoles.includes(markerRole));
  if (operator !== undefined) return managerFromOperator(role, traces, operator);
  if (!traces.hasLeases) return undefined;
  return {
    kind: 'beware',
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
      `${who} runs this server and sets the password of ${role}, which owns a database: it is changed there, or take a role that is not the owner`,
    );
  return {
    kind: 'beware',
    sentence: `${who} runs this server: make sure that ${role} is not among the roles whose passwords it sets`,
  };
}

const conflict = (sentence: string): OtherManager => ({ kind: 'refuse', sentence });
