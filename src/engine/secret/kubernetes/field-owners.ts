import { FIELD_MANAGER } from './kubernetes-names.ts';

/** An entry of `metadata.managedFields`: a writer, and the fields that it owns. */
export interface FieldOwner {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
}

/** A Secret has always a type, which never changes: no other writer has a conflict about it. */
const HARMLESS = 'f:type';

/** The time of lockstep's last write, if it still owns fields by it. */
export const ownedSince = (owners: readonly FieldOwner[] = []): Date | undefined => {
  const time = owners.find(ownsFields)?.time;
  return time === undefined ? undefined : new Date(time);
};

/**
 * The owners without lockstep. If there is no other one, lockstep keeps the type. Without any owner, all fields would
 * count as written before the first apply, and each apply would have a conflict.
 */
export function withoutOwnFields(owners: readonly FieldOwner[]): readonly FieldOwner[] {
  const others = owners.filter((owner) => !ownsFields(owner));
  return others.length > 0 ? others : owners.map((own) => ({ ...own, fieldsV1: { [HARMLESS]: {} } }));
}

const ownsFields = ({ manager, operation, fieldsV1 = {} }: FieldOwner): boolean =>
  manager === FIELD_MANAGER &&
  operation === 'Update' &&
  Object.keys(fieldsV1).some((field) => field !== HARMLESS);
