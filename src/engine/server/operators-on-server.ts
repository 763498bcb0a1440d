import type { OtherWriter } from './other-managers.ts';

/** What a server shows of those who look after its roles. */
export interface ServerTraces {
  /** Those of `TELLTALES` that are there. */
  readonly telltales: readonly string[];
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
  readonly telltale: string;
  /** Roles that it makes for itself. */
  readonly own: readonly string[];
  /** It sets the password of those that own a database. */
  readonly keepsOwners: boolean;
}

/** Whose names are fixed in their sources. Their other roles are known by nothing: no comment, no setting. */
const OPERATORS: readonly Operator[] = [
  {
    who: 'CloudNativePG',
    telltale: 'streaming_replica',
    own: ['postgres', 'streaming_replica', 'cnpg_pooler_pgbouncer', 'cnpg_metrics_exporter'],
    keepsOwners: true,
  },
  {
    who: "Zalando's operator",
    telltale: 'robot_zmon',
    own: ['postgres', 'standby', 'pooler', 'admin', 'cron_admin', 'zalandos', 'robot_zmon'],
    keepsOwners: true,
  },
  {
    who: 'the operator of Crunchy Data or of Percona',
    telltale: '_crunchyrepl',
    own: ['postgres', '_crunchyrepl', '_crunchypgbouncer', 'ccp_monitoring', 'monitor'],
    keepsOwners: false,
  },
];

export const TELLTALES: readonly string[] = OPERATORS.map(({ telltale }) => telltale);

/** Vault's template for names: `v-`, who asked, the role of Vault's, 20 characters of chance, the time. PostgreSQL and JavaScript read it alike. */
export const LEASED = '^v-.*-[A-Za-z0-9]{20}-[0-9]{10}$';

/** Who else sets the password of this role, by what the server shows. A static role of Vault's leaves no trace at all. */
export function otherOnServer(role: string, traces: ServerTraces): OtherWriter | undefined {
  if (traces.expires && new RegExp(LEASED).test(role))
    return refuse(
      `the role ${role} is on lease from Vault, and is dropped when that ends: take another role`,
    );
  const operator = OPERATORS.find(({ telltale }) => traces.telltales.includes(telltale));
  if (operator !== undefined) return ofOperator(role, traces, operator);
  if (!traces.hasLeases) return undefined;
  return {
    kind: 'beware',
    sentence: `Vault has roles on this server: make sure that ${role} is no static role of it, whose password it would change`,
  };
}

function ofOperator(
  role: string,
  { ownsDatabase }: ServerTraces,
  { who, own, keepsOwners }: Operator,
): OtherWriter {
  if (own.includes(role)) return refuse(`the role ${role} belongs to ${who}, which runs this server`);
  if (ownsDatabase && keepsOwners)
    return refuse(
      `${who} runs this server and sets the password of ${role}, which owns a database: it is changed there, or take a role that is not the owner`,
    );
  return {
    kind: 'beware',
    sentence: `${who} runs this server: make sure that ${role} is not among the roles whose passwords it sets`,
  };
}

const refuse = (sentence: string): OtherWriter => ({ kind: 'refuse', sentence });
